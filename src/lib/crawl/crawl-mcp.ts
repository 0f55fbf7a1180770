export async function crawlMcp(_options: unknown): Promise<string[]> {
  return [];
}
