export { default as sibling } from './sibling.js';
export { default as text } from '../text.txt';
