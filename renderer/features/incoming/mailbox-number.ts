/** What is dialled to leave a message in a mailbox without ringing: `*` and the extension, on FreePBX, Asterisk's samples and the practice PBX. */
export const mailboxOf = (user: string) => `*${user}`;
