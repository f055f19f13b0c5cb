/** The first-run sheet, over a phone that already works: try it, or connect an extension. */
import { AudioLines, ChevronRight, FlaskConical, PhoneCall, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { en } from '../../i18n/en.ts';
import { useActions, useDesk, usePhone, useView } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { accountOf, emptyDraft } from '../settings/account-draft.ts';
import { AccountForm } from '../settings/account-form.tsx';
import './first-run.css';

export function FirstRun() {
  const { view } = useDesk();
  const { change, addAccount } = useActions();
  const done = usePhone(({ settings }) => settings.interface.first_run_done);
  const again = useView((state) => state.firstRunAgain);
  const [connecting, setConnecting] = useState(false);
  if (done && !again) return null;
  const finish = () => {
    view.setState({ firstRunAgain: false });
    setConnecting(false);
    if (!done) void change({ interface: { first_run_done: true } });
  };
  return (
    <Sheet label={en.firstRun.label} onClose={connecting ? () => setConnecting(false) : finish} full>
      <div className="first-run">
        {connecting ? (
          <AccountForm
            title={en.firstRun.connectTitle}
            submitWord={en.account.connect}
            start={emptyDraft}
            hasPassword={false}
            onCancel={() => setConnecting(false)}
            onSubmit={async (draft) => {
              const error = await addAccount({ account: accountOf(draft), password: draft.password });
              if (error === null) finish();
              return error;
            }}
          />
        ) : (
          <>
            <span className="first-run-sign">
              <Icon of={AudioLines} size={34} />
            </span>
            <h1 className="first-run-name">{en.productName}</h1>
            <p className="first-run-text">{en.firstRun.text}</p>
            <Choice
              icon={FlaskConical}
              title={en.firstRun.tryTitle}
              text={en.firstRun.tryText}
              onClick={finish}
            />
            <Choice
              icon={PhoneCall}
              title={en.firstRun.connectTitle}
              text={en.firstRun.connectText}
              onClick={() => setConnecting(true)}
            />
          </>
        )}
      </div>
    </Sheet>
  );
}

interface ChoiceProps {
  icon: LucideIcon;
  title: string;
  text: string;
  onClick: () => void;
}

function Choice({ icon, title, text, onClick }: ChoiceProps) {
  return (
    <button type="button" className="first-run-choice" onClick={onClick}>
      <Icon of={icon} size={22} />
      <span className="row-text">
        <span className="first-run-title">{title}</span>
        <span className="first-run-detail">{text}</span>
      </span>
      <Icon of={ChevronRight} size={18} />
    </button>
  );
}
