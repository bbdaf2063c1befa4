/** Permits all, but that whoever read customer data and content of strangers sends anything out. */
export const NO_EGRESS_AFTER_READING = `
@id("all") @reason("all") permit (principal, action, resource);
@id("no-egress-after-reading")
@reason("whoever has read customer data and content of strangers writes to nobody outside")
forbid (principal, action == Action::"call_tool", resource)
when { resource.egress && context.labels.untrusted && context.labels.rank >= 2 };
`;
