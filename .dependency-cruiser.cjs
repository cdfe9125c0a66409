// The import rules of the house as errors. AGENTS.md explains the folders.
const PURE = '^src/(lib|api|objects|core|workloads|traffic|install|view)/';
/** The floors of the house, from the ground. Rooms of one floor may import each other where no other rule forbids it. */
const FLOORS = [
  ['lib'],
  ['api'],
  ['objects'],
  ['workloads', 'traffic'],
  ['core'],
  ['install', 'view'],
  ['runtime', 'kube', 'obs', 'certs'],
  ['tables'],
  ['gather'],
  ['pipes', 'server'],
  ['cli', 'serve'],
];
const noImportRunsUp = FLOORS.slice(0, -1).map((rooms, floor) => ({
  name: 'no-import-runs-up',
  severity: 'error',
  from: { path: `^src/(${rooms.join('|')})/` },
  to: {
    path: `^src/(${FLOORS.slice(floor + 1)
      .flat()
      .join('|')})/`,
  },
}));
module.exports = {
  forbidden: [
    ...noImportRunsUp,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-imports-pure',
      severity: 'error',
      from: { path: PURE },
      to: { pathNot: [PURE, '^node_modules/(typebox|@noble/hashes)/'] },
    },
    {
      name: 'runtime-knows-no-resource',
      severity: 'error',
      from: { path: '^src/runtime/' },
      to: { path: '^src/', pathNot: '^src/runtime/' },
    },
    {
      name: 'server-not-pipes',
      severity: 'error',
      from: { path: '^src/server/' },
      to: { path: '^src/pipes/' },
    },
    {
      name: 'pipes-not-server',
      severity: 'error',
      from: { path: '^src/pipes/' },
      to: { path: '^src/server/' },
    },
    {
      name: 'only-kube-talks-to-the-api-server',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/kube/' },
      to: { path: '^node_modules/(@kubernetes/client-node|undici)/' },
    },
    {
      name: 'gatherers-only-read',
      severity: 'error',
      from: { path: '^src/gather/' },
      to: { path: '^src/kube/', pathNot: '^src/kube/(port|store)\\.ts$' },
    },
    { name: 'nobody-imports-main', severity: 'error', from: { path: '^src/' }, to: { path: '^src/main\\.ts$' } },
    { name: 'cli-not-server', severity: 'error', from: { path: '^src/cli/' }, to: { path: '^src/server/' } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'src-not-test', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // A second worktree may link to the packages of the first.
    preserveSymlinks: true,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
