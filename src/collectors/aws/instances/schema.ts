import { z } from 'zod';

const Tag = z.object({ Key: z.string(), Value: z.string().optional() });

/** An instance of DescribeInstances, as far as we need it. */
export const InstanceItem = z.object({
  InstanceId: z.string(),
  InstanceType: z.string(),
  InstanceLifecycle: z.string().optional(),
  LaunchTime: z.date().optional(),
  PrivateIpAddress: z.string().optional(),
  PrivateDnsName: z.string().optional(),
  Placement: z.object({ AvailabilityZone: z.string().optional() }).optional(),
  State: z.object({ Name: z.string().optional() }).optional(),
  StateTransitionReason: z.string().optional(),
  StateReason: z.object({ Code: z.string().optional() }).optional(),
  BlockDeviceMappings: z.array(z.object({ Ebs: z.object({ VolumeId: z.string().optional() }).optional() })).optional(),
  Tags: z.array(Tag).optional(),
});

/** A volume of DescribeVolumes. */
export const VolumeItem = z.object({
  VolumeId: z.string(),
  VolumeType: z.string(),
  Size: z.number(),
  AvailabilityZone: z.string().optional(),
  State: z.string().optional(),
  Attachments: z.array(z.object({ InstanceId: z.string().optional(), State: z.string().optional() })).optional(),
  Encrypted: z.boolean().optional(),
  CreateTime: z.date().optional(),
  Tags: z.array(Tag).optional(),
});

/** A request of DescribeSpotInstanceRequests. */
export const SpotRequestItem = z.object({
  SpotInstanceRequestId: z.string(),
  State: z.string(),
  Status: z.object({ Code: z.string(), UpdateTime: z.date().optional() }),
  CreateTime: z.date(),
  InstanceId: z.string().optional(),
  LaunchedAvailabilityZone: z.string().optional(),
  LaunchSpecification: z.object({
    InstanceType: z.string(),
    Placement: z.object({ AvailabilityZone: z.string().optional() }).optional(),
  }),
});

export type TagItem = z.infer<typeof Tag>;
