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

const wallRules = Object.entries(walls).map(([room, allowed]) => {
  const forbidden = rooms.filter((other) => other !== room && !allowed.includes(other));
  return {
    files: [`${room}/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join('|')})(/|$)`,
              message: `${room}/ may import ${allowed.join(', ') || 'nothing of ours'} (docs/architecture.md, "Who may import whom").`,
            },
          ],
        },
      ],
    },
  };
});

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
);
