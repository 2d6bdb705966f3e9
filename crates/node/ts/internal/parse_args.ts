// `util.parseArgs()`: options of a command line.

import { coded, invalidArgValue, invalidArgType } from 'node-internal:internal_errors';
import { validateArray, validateBoolean, validateObject, validateOneOf, validateString } from 'node-internal:validators';

interface Token {
  kind: 'option' | 'positional' | 'option-terminator';
  index: number;
  name?: string;
  rawName?: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

interface OptionConfig {
  type: 'string' | 'boolean';
  short?: string;
  multiple?: boolean;
  default?: unknown;
}

type Options = Record<string, OptionConfig>;

function optionFor(options: Options, name: string): OptionConfig | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

function nameOfShort(options: Options, short: string): string {
  for (const name of Object.keys(options)) if (options[name]!.short === short) return name;
  return short;
}

function takesValue(options: Options, name: string): boolean {
  return optionFor(options, name)?.type === 'string';
}

/** What each argument is, whether the options know it or not. */
function tokenize(args: string[], options: Options): Token[] {
  const tokens: Token[] = [];
  const rest = [...args];
  let index = -1;
  let group = 0;
  while (rest.length > 0) {
    const argument = rest.shift()!;
    const next = rest[0];
    if (group > 0) group--;
    else index++;
    if (argument === '--') {
      tokens.push({ kind: 'option-terminator', index });
      for (const value of rest) tokens.push({ kind: 'positional', index: ++index, value });
      break;
    }
    if (argument.length > 1 && argument[0] === '-' && argument[1] !== '-') {
      index = shorts(argument, next, rest, options, tokens, index, (count) => (group += count));
      continue;
    }
    if (argument.length > 2 && argument.startsWith('--')) {
      const equals = argument.indexOf('=', 3);
      if (equals === -1) {
        const name = argument.slice(2);
        let value: string | undefined;
        let inlineValue: boolean | undefined;
        if (takesValue(options, name) && next != null) {
          value = rest.shift();
          inlineValue = false;
        }
        tokens.push({ kind: 'option', name, rawName: argument, index, value, inlineValue });
        if (value != null) index++;
      } else {
        const name = argument.slice(2, equals);
        const value = argument.slice(equals + 1);
        tokens.push({ kind: 'option', name, rawName: `--${name}`, index, value, inlineValue: true });
      }
      continue;
    }
    tokens.push({ kind: 'positional', index, value: argument });
  }
  return tokens;
}

/** An argument with one dash: one option, one with its value, or several. Returns the index reached. */
function shorts(
  argument: string,
  next: string | undefined,
  rest: string[],
  options: Options,
  tokens: Token[],
  index: number,
  addGroup: (count: number) => void
): number {
  const name = nameOfShort(options, argument[1]!);
  if (argument.length === 2) {
    let value: string | undefined;
    let inlineValue: boolean | undefined;
    if (takesValue(options, name) && next != null) {
      value = rest.shift();
      inlineValue = false;
    }
    tokens.push({ kind: 'option', name, rawName: argument, index, value, inlineValue });
    return value != null ? index + 1 : index;
  }
  if (!takesValue(options, name)) {
    // A group, of which only the last may take a value.
    const expanded: string[] = [];
    for (let i = 1; i < argument.length; i++) {
      const short = argument[i]!;
      const last = i === argument.length - 1;
      if (last || !takesValue(options, nameOfShort(options, short))) {
        expanded.push(`-${short}`);
      } else {
        expanded.push(`-${argument.slice(i)}`);
        break;
      }
    }
    rest.unshift(...expanded);
    addGroup(expanded.length);
    return index;
  }
  const value = argument.slice(2);
  tokens.push({ kind: 'option', name, rawName: `-${argument[1]}`, index, value, inlineValue: true });
  return index;
}

function unknownOption(rawName: string, allowPositionals: boolean): Error {
  const hint = allowPositionals
    ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- ${JSON.stringify(rawName)}`
    : '';
  return coded(TypeError, 'ERR_PARSE_ARGS_UNKNOWN_OPTION', `Unknown option '${rawName}'${hint}`);
}

function checkUse(config: any, token: Token, options: Options, strict: boolean, allowPositionals: boolean): void {
  if (!strict) return;
  const option = optionFor(options, token.name!);
  if (option === undefined) {
    const negative = config.allowNegative && token.name!.startsWith('no-') && optionFor(options, token.name!.slice(3));
    if (negative && negative.type === 'boolean') return;
    throw unknownOption(token.rawName!, allowPositionals);
  }
  const shown = `${option.short ? `-${option.short}, ` : ''}--${token.name}`;
  if (option.type === 'string' && typeof token.value !== 'string') {
    throw coded(TypeError, 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown} <value>' argument missing`);
  }
  if (option.type === 'boolean' && token.value != null) {
    throw coded(TypeError, 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown}' does not take an argument`);
  }
  if (token.inlineValue === false && token.value!.length > 1 && token.value![0] === '-') {
    const example = token.rawName!.startsWith('--')
      ? `'${token.rawName}=-XYZ'`
      : `'--${token.name}=-XYZ' or '${token.rawName}-XYZ'`;
    throw coded(
      TypeError,
      'ERR_PARSE_ARGS_INVALID_OPTION_VALUE',
      `Option '${token.rawName}' argument is ambiguous.\nDid you forget to specify the option argument for '${token.rawName}'?\nTo specify an option argument starting with a dash use ${example}.`
    );
  }
}

function store(values: Record<string, any>, token: Token, options: Options, allowNegative: boolean): void {
  let name = token.name!;
  if (name === '__proto__') return;
  let value: unknown = token.value;
  if (allowNegative && token.value === undefined && name.startsWith('no-')) {
    name = name.slice(3);
    value = false;
  } else {
    value = token.value ?? true;
  }
  if (optionFor(options, name)?.multiple) {
    if (values[name]) values[name].push(value);
    else values[name] = [value];
  } else {
    values[name] = value;
  }
}

function validateOptions(options: any): void {
  validateObject(options, 'options');
  for (const [name, option] of Object.entries(options) as Array<[string, any]>) {
    validateObject(option, `options.${name}`);
    validateOneOf(option.type, `options.${name}.type`, ['string', 'boolean']);
    if (Object.hasOwn(option, 'short')) {
      validateString(option.short, `options.${name}.short`);
      if (option.short.length !== 1) throw invalidArgValue(`options.${name}.short`, option.short, 'must be a single character');
    }
    if (Object.hasOwn(option, 'multiple')) validateBoolean(option.multiple, `options.${name}.multiple`);
    if (option.default !== undefined) validateDefault(name, option);
  }
}

function validateDefault(name: string, option: any): void {
  const check = (value: unknown, path: string): void => {
    if (option.type === 'string') validateString(value, path);
    else validateBoolean(value, path);
  };
  const path = `options.${name}.default`;
  if (!option.multiple) return check(option.default, path);
  if (!Array.isArray(option.default)) throw invalidArgType(path, 'Array', option.default);
  option.default.forEach((value: unknown, i: number) => check(value, `${path}[${i}]`));
}

export function parseArgs(config: any = {}): any {
  validateObject(config, 'config');
  const args = (config as any).args ?? [];
  const strict = (config as any).strict ?? true;
  const allowPositionals = (config as any).allowPositionals ?? !strict;
  const returnTokens = (config as any).tokens ?? false;
  const allowNegative = (config as any).allowNegative ?? false;
  const options: Options = (config as any).options ?? Object.create(null);
  validateArray(args, 'args');
  validateBoolean(strict, 'strict');
  validateBoolean(allowPositionals, 'allowPositionals');
  validateBoolean(returnTokens, 'tokens');
  validateBoolean(allowNegative, 'allowNegative');
  validateOptions(options);
  const tokens = tokenize(args as string[], options);
  const result: any = { values: Object.create(null), positionals: [] };
  if (returnTokens) result.tokens = tokens;
  for (const token of tokens) {
    if (token.kind === 'option') {
      checkUse({ allowNegative }, token, options, strict, allowPositionals);
      store(result.values, token, options, allowNegative);
    } else if (token.kind === 'positional') {
      if (!allowPositionals) {
        throw coded(
          TypeError,
          'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL',
          `Unexpected argument '${token.value}'. This command does not take positional arguments`
        );
      }
      result.positionals.push(token.value);
    }
  }
  for (const [name, option] of Object.entries(options)) {
    if (option.default !== undefined && result.values[name] === undefined) result.values[name] = option.default;
  }
  return result;
}
Object.defineProperty(parseArgs, 'length', { value: 0 });
