/** What Node 16 lacks of the language and of its platform, for the test build (`npm run build -- --target=test`). */
import 'core-js/actual/structured-clone.js';
import 'core-js/actual/array/to-sorted.js';
import 'core-js/actual/array/to-reversed.js';
import 'core-js/actual/array/to-spliced.js';
import 'core-js/actual/array/with.js';
import 'core-js/actual/array/find-last.js';
import 'core-js/actual/array/from-async.js';
import 'core-js/actual/typed-array/to-sorted.js';
import 'core-js/actual/promise/with-resolvers.js';
import 'core-js/actual/object/group-by.js';
import 'core-js/actual/map/group-by.js';
import 'core-js/actual/set/index.js';
import 'core-js/actual/string/is-well-formed.js';
import 'core-js/actual/string/to-well-formed.js';
import 'core-js/actual/iterator/index.js';
import 'core-js/actual/url/can-parse.js';
