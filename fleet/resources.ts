/** Whether a resource is one a cloud knows, and not a component or a provider. */
export const isCloudResource = (type: string): boolean => !type.startsWith("causeway:") && !type.startsWith("pulumi:");
