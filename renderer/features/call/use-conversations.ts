/** The conversations of the snapshot, and the one that is shown. */
import { useMemo } from 'react';
import { conversations, shownConversation, type Conversation } from '../../store/conversations.ts';
import { usePhone, useView } from '../../store/desk.ts';

export function useConversations(): { shown: Conversation | undefined; others: readonly Conversation[] } {
  const calls = usePhone((snapshot) => snapshot.calls);
  const chosen = useView(({ chosenCall }) => chosenCall);
  return useMemo(() => {
    const shown = shownConversation(calls, chosen);
    return { shown, others: conversations(calls).filter(({ id }) => id !== shown?.id) };
  }, [calls, chosen]);
}
