// Lint rules of the house: no floating promises, small functions, pure folders without clock, randomness or I/O.
import tseslint from 'typescript-eslint';

const pure = ['lib', 'api', 'objects', 'workloads', 'traffic', 'core', 'install', 'view'].map(
  (room) => `src/${room}/**`,
);

const WORKLOAD_KIND = '/^(Deployment|StatefulSet|DaemonSet|CloneSet|ReplicaSet)$/';
const askKind = 'ask the registry in src/workloads instead: a new kind must not need a change here';
const noKinds = [
  { selector: "SwitchStatement[discriminant.name='kind']", message: askKind },
  { selector: "SwitchStatement[discriminant.property.name='kind']", message: askKind },
  { selector: `BinaryExpression[operator=/^[!=]==?$/] > Literal[value=${WORKLOAD_KIND}]`, message: askKind },
  { selector: `SwitchCase > Literal[value=${WORKLOAD_KIND}]`, message: askKind },
];
const noClock = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'time is an input of pure code' },
];

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'coverage', 'manifests/crd', 'manifests/rbac', 'manifests/webhook'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      complexity: ['error', 14],
      'max-depth': ['error', 3],
      'max-params': ['error', 5],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'only src/config.ts reads the environment' },
      ],
      'no-restricted-syntax': ['error', ...noKinds],
    },
  },
  // The latter reads what kubectl reads: KUBECONFIG, and the service of a Pod.
  { files: ['src/config.ts', 'src/kube/plain-kubeconfig.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: pure,
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'fetch',
        'performance',
        'console',
        'crypto',
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'time is an input of pure code' },
        { object: 'Math', property: 'random', message: 'pure code has no randomness' },
      ],
      'no-restricted-syntax': ['error', ...noKinds, ...noClock],
    },
  },
  {
    files: ['src/api/**', 'src/workloads/**', 'src/traffic/**'],
    rules: { 'no-restricted-syntax': ['error', ...noClock] },
  },
);
