/** What stands where there is nothing to show yet: what is missing, and how it comes. */
export function Empty({ title, text }: { title: string; text: string }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <p>{text}</p>
    </div>
  );
}
