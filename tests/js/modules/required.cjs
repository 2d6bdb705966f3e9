const tried = (specifier) => {
  try {
    return require(specifier);
  } catch (error) {
    return String(error);
  }
};
module.exports = {
  named: 'n',
  filename: __filename,
  dirname: __dirname,
  path: module.path,
  sibling: tried('./sibling'),
  unwrapped: tried('./unwrapped?x'),
  renamed: tried('./renamed'),
  json: tried('../values.json'),
  text: tried('/bundle/text.txt'),
  waits: tried('./waits'),
  broken: tried('./broken'),
  missing: tried('missing'),
  invalid: tried('https://'),
  main: tried('../urls.js'),
  builtin: typeof tried('assert').strictEqual,
  dynamic: import('./sibling'),
};
