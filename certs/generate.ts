// Certificates for development: an authority and a serving certificate for localhost and the Services, written beside this
// file as *.pem. Further host names or addresses may be given as arguments.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONVERSION_SERVICE_NAME, DEFAULT_NAMESPACE, WEBHOOK_SERVICE_NAME } from '../src/api/names.ts';
import { servingNames } from '../src/certs/issue.ts';
import { newSet } from '../src/certs/rotate.ts';

const names = servingNames({
  namespace: DEFAULT_NAMESPACE,
  services: [WEBHOOK_SERVICE_NAME, CONVERSION_SERVICE_NAME],
  hosts: ['localhost', '127.0.0.1', '::1', ...process.argv.slice(2)],
});
const { authority, leaf } = await newSet(names, Date.now());
const files = {
  'ca-cert.pem': authority.cert,
  'ca-key.pem': authority.key,
  'cert.pem': leaf.cert,
  'key.pem': leaf.key,
};
for (const [name, text] of Object.entries(files)) {
  const secret = name.endsWith('key.pem');
  await writeFile(join(import.meta.dirname, name), `${text.trim()}\n`, { mode: secret ? 0o600 : 0o644 });
  console.log(`wrote certs/${name}`);
}
console.log(`valid for ${names.join(', ')}`);
