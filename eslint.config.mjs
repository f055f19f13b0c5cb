import tseslint from 'typescript-eslint';
import reactHooks from 'eslint-plugin-react-hooks';

/**
 * The walls of the house (docs/architecture.md): each room may import itself and the rooms named here,
 * nothing else of ours. `electron/`, `cli/` and `renderer/` are imported by nobody.
 */
const walls = {
  contract: [],
  'native-wasm': [],
  engine: ['contract', 'native-wasm'],
  'practice-pbx': ['engine', 'contract'],
  host: ['contract', 'practice-pbx'],
  cli: ['engine', 'contract', 'host'],
  electron: ['engine', 'contract', 'host'],
  web: ['engine', 'contract', 'host'],
  renderer: ['contract'],
};
const rooms = [...Object.keys(walls), 'server', 'tests', 'scripts'];

/** The engine's own floors, from the ground up: each may import those before it, none after it. */
const engineFloors = ['net', 'nat', 'rtp', 'media', 'sip'];

/** @returns a rule by which files import none of these rooms. @param walls what must not be imported, and why */
const closedTo = (files, ...walls) => ({
  files: [`${files}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: walls.map(({ rooms: closed, message }) => ({
          regex: `^(\\.\\./)+(${closed.join('|')})(/|$)`,
          message,
        })),
      },
    ],
  },
});

const wallOf = (room) => ({
  rooms: rooms.filter((other) => other !== room && !walls[room].includes(other)),
  message: `${room}/ may import ${walls[room].join(', ') || 'nothing of ours'} (docs/architecture.md, "Who may import whom").`,
});

const wallRules = Object.keys(walls).map((room) => closedTo(room, wallOf(room)));

const floorRules = engineFloors.slice(0, -1).map((floor, index) =>
  closedTo(`engine/${floor}`, wallOf('engine'), {
    rooms: engineFloors.slice(index + 1),
    message: `engine/${floor}/ stands below ${engineFloors.slice(index + 1).join(', ')} (docs/architecture.md, "Who may import whom").`,
  }),
);

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist-test/',
      'test-results/',
      'release/',
      '.cache/',
      'node_modules/',
      'native-wasm/assembly/',
      'native-wasm/generated/',
    ],
  },
  ...tseslint.configs.strict,
  {
    files: ['**/*.{ts,tsx,mjs}'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      eqeqeq: 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Tags, nonces, SSRCs and tokens come from crypto.' },
      ],
    },
  },
  { files: ['**/*.tsx', 'renderer/**/*.ts'], ...reactHooks.configs.flat.recommended },
  ...wallRules,
  ...floorRules,
);
