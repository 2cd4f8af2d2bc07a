export function startUpstream(data: {
  spotFiles: readonly string[];
  ec2File?: string;
  untilMs: number;
}): Promise<{ url: string; close(): void }>;
