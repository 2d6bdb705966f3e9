const text = require('text.txt');
module.exports = { text, fileName: typeof __filename, keys: Object.keys(module) };
exports.lost = true;
