/**
 * The emulated AWS account of a rehearsal; {@link dev.slipway.rehearsal.cloud.EmulatedCloud} is its
 * door.
 *
 * <p>A call from the Pulumi CLI, a script or a machine goes to the {@code Endpoint}, which knows
 * the caller, checks what a machine's role may do ({@code Authorization}, {@code
 * RequiredPermissions}) and passes the call to moto, except Run Command ({@code RunCommands}) and
 * the instance metadata ({@code InstanceMetadata}). The engine's calls come in over gRPC ({@code
 * AwsProvider}, {@code CommandProvider}); what a type of resource does is in the {@code …Handlers}.
 * Machines and volumes are containers and loop devices ({@code Machines}).
 */
package dev.slipway.rehearsal.cloud;
