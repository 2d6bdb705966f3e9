// Warnings: what `process.emitWarning` does, for the modules that warn.

type Emit = (warning: string | Error, type?: string, code?: string, constructor?: Function) => void;

/** `process` takes warnings over once it is loaded; until then nobody could listen. */
export const sink: { emit: Emit | undefined } = { emit: undefined };

export function warn(warning: string | Error, type?: string, code?: string, constructor?: Function): void {
  sink.emit?.(warning, type, code, constructor);
}
