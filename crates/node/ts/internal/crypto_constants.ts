// The constants of `node:crypto`.

export const constants: Record<string, number | string> = {
};
