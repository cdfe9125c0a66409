// The keys of a plain-process cluster: one authority, a serving certificate for everything that listens, a client
// certificate for each user of the API server, and the key pair that signs service-account tokens.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { generate as generateType } from 'selfsigned';

/** A certificate and its private key, both PEM. */
export interface Pem {
  cert: string;
  key: string;
}

/** Who the API server takes a client certificate for. */
export interface Subject {
  user: string;
  group?: string;
}

/** The files that the processes' arguments name. */
export interface PkiFiles {
  ca: string;
  caKey: string;
  serving: string;
  servingKey: string;
  serviceAccounts: string;
  serviceAccountsKey: string;
}

const BACKDATED_MS = 10 * 60_000;
const VALID_MS = 10 * 365 * 24 * 3_600_000;

const SERVING_NAMES = [
  { type: 2, value: 'localhost' },
  { type: 2, value: 'kubernetes' },
  { type: 2, value: 'kubernetes.default' },
  { type: 2, value: 'kubernetes.default.svc' },
  { type: 2, value: 'kubernetes.default.svc.cluster.local' },
  { type: 7, ip: '127.0.0.1' },
  { type: 7, ip: '10.96.0.1' },
] as const;

type Generate = typeof generateType;
type Options = NonNullable<Parameters<Generate>[1]>;

async function issue(subject: Subject, extensions: NonNullable<Options['extensions']>, ca?: Pem): Promise<Pem> {
  const { generate } = await import('selfsigned');
  const attributes = [{ name: 'commonName', value: subject.user }];
  if (subject.group) attributes.unshift({ name: 'organizationName', value: subject.group });
  const result = await generate(attributes, {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - BACKDATED_MS),
    notAfterDate: new Date(Date.now() + VALID_MS),
    extensions,
    ...(ca ? { ca } : {}),
  });
  return { cert: result.cert, key: result.private };
}

/** A new authority. */
export function issueAuthority(): Promise<Pem> {
  return issue({ user: 'sluice-local-cluster' }, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
  ]);
}

/** A certificate by which a client proves who it is. */
export function issueClient(ca: Pem, subject: Subject): Promise<Pem> {
  const extensions: Options['extensions'] = [
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', clientAuth: true },
  ];
  return issue(subject, extensions, ca);
}

/** The certificate that every listener of the cluster serves. */
export function issueServing(ca: Pem): Promise<Pem> {
  const extensions: Options['extensions'] = [
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: [...SERVING_NAMES] },
  ];
  return issue({ user: 'kube-apiserver' }, extensions, ca);
}

/** The paths of the key files in a folder. */
export function pkiFiles(dir: string): PkiFiles {
  return {
    ca: join(dir, 'ca.crt'),
    caKey: join(dir, 'ca.key'),
    serving: join(dir, 'serving.crt'),
    servingKey: join(dir, 'serving.key'),
    serviceAccounts: join(dir, 'service-accounts.pub'),
    serviceAccountsKey: join(dir, 'service-accounts.key'),
  };
}

/** Makes all keys, writes those that processes read from files, and returns the authority for issuing more. */
export async function writePki(dir: string): Promise<Pem> {
  const ca = await issueAuthority();
  const serving = await issueServing(ca);
  const tokens = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const files = pkiFiles(dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const contents: Record<keyof PkiFiles, string> = {
    ca: ca.cert,
    caKey: ca.key,
    serving: serving.cert,
    servingKey: serving.key,
    serviceAccounts: tokens.publicKey,
    serviceAccountsKey: tokens.privateKey,
  };
  for (const [name, text] of Object.entries(contents)) {
    writeFileSync(files[name as keyof PkiFiles], text, { mode: 0o600 });
  }
  return ca;
}
