// Warnings: what `process.emitWarning` does, for the modules that warn.

type Emit = (warning: string | Error, type?: string, code?: string, constructor?: Function) => void;

/** `process` takes warnings over once it is loaded; until then the console gets them. */
export const sink: { emit: Emit | undefined } = { emit: undefined };

export function warn(warning: string | Error, type?: string, code?: string, constructor?: Function): void {
  if (sink.emit !== undefined) sink.emit(warning, type, code, constructor);
  else if (typeof warning === 'string') console.warn(`${code ? `[${code}] ` : ''}${type ?? 'Warning'}: ${warning}`);
  else console.warn(warning);
}
