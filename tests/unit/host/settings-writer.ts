/** A second process for the settings store's test: saves the document N times. Arguments: folder, volume, rounds. */
import { defaultSettings } from '../../../contract/settings.ts';
import { openSettingsStore } from '../../../host/settings-store.ts';

const [config = '', volume = '', rounds = ''] = process.argv.slice(2);
const store = openSettingsStore({ config });
const audio = { ...defaultSettings.audio, microphone_volume: Number(volume) };
for (let round = 0; round < Number(rounds); round++) {
  await store.save({ ...defaultSettings, audio });
}
