import { z } from 'zod';

/** What the History Server says of one attempt of an application (Spark's monitoring REST API, v1). */
const Attempt = z.object({
  attemptId: z.string().optional(),
  completed: z.boolean(),
  endTimeEpoch: z.number(),
  lastUpdatedEpoch: z.number(),
});

const Application = z.object({
  id: z.string().regex(/^[\w.-]+$/, 'expected the id of an application'),
  attempts: z.array(Attempt),
});
export type Application = z.infer<typeof Application>;

export const Applications = z.array(Application);
