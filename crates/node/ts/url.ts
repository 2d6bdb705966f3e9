// node:url

import url from 'node-internal:internal_url';

export const {
  domainToASCII,
  domainToUnicode,
  fileURLToPath,
  format,
  parse,
  pathToFileURL,
  resolve,
  resolveObject,
  toPathIfFileURL,
  URL,
  URLSearchParams,
  Url,
  urlToHttpOptions,
} = url;
export default url;
