// Answers of services that are JSON.

/** The value of an answer. */
export async function parsed(response: Response): Promise<any> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`Failed to parse body as JSON, got: ${text}`);
  }
}
