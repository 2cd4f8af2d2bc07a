/** `key value`, `key=value` or `--conf key=value` lines as settings; comments are left out. */
export function sparkSettings(content: string): Record<string, string> {
  const pairs = content.split('\n').flatMap((line): [string, string][] => {
    const match = /^\s*(?:--conf\s+)?["']?(spark\.[\w./-]+)(?:\s*=\s*|\s+)(.+?)["']?\s*\\?$/.exec(line);
    return match ? [[match[1] ?? '', match[2] ?? '']] : [];
  });
  return Object.fromEntries(pairs);
}
