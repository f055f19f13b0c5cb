/** The configuration of one Asterisk for tests: a small PBX on loopback with the lines and numbers the tests dial. */
import { isIPv6 } from 'node:net';

export interface AsteriskLine {
  /** 101, 102, …: user name, number and mailbox. */
  extension: string;
  password: string;
  /** Of the voicemail box. */
  pin: string;
}

export interface AsteriskConfigOptions {
  /** The instance's folder as Asterisk sees it (inside its root). */
  folder: string;
  modulesFolder: string;
  /** Address to bind, 127.0.0.1 or ::1. */
  host: string;
  sipPort: number;
  tlsPort: number;
  wsPort: number;
  wssPort: number;
  /** PEM files of the server's certificate and its key, as Asterisk sees them. */
  certificateFile: string;
  keyFile: string;
  rtpPortMin: number;
  rtpPortMax: number;
  lines: readonly AsteriskLine[];
  /** Further lines for an extension's endpoint section in pjsip.conf, such as `timers=always`. */
  endpointLines: Readonly<Record<string, readonly string[]>>;
  /** Folder of the music for calls on hold, as Asterisk sees it. */
  musicFolder: string;
  /** More extensions, and contexts, after the PBX's own. */
  dialplan: string;
  /** Sound file for 602, without its ending, as Asterisk sees it. */
  speechSound: string;
}

/** File name → content, for the instance's `etc` folder. */
export function asteriskConfig(options: AsteriskConfigOptions): Record<string, string> {
  return {
    'asterisk.conf': asteriskConf(options),
    'modules.conf': modulesConf,
    'logger.conf': loggerConf,
    'pjsip.conf': pjsipConf(options),
    'extensions.conf': extensionsConf(options),
    'voicemail.conf': voicemailConf(options),
    'rtp.conf': `[general]\nrtpstart=${options.rtpPortMin}\nrtpend=${options.rtpPortMax}\n`,
    'http.conf': httpConf(options),
    'manager.conf': '[general]\nenabled=no\n',
    'indications.conf': indicationsConf,
    'ari.conf': '[general]\nenabled=no\n',
    'cdr.conf': '[general]\nenable=no\n',
    'cel.conf': '[general]\nenable=no\n',
    'features.conf': '[general]\n',
    'ccss.conf': '[general]\n',
    'udptl.conf': '[general]\n',
    'musiconhold.conf': `[general]\n[default]\nmode=files\ndirectory=${options.musicFolder}\n`,
    'acl.conf': '',
    'pjproject.conf': '',
    'sorcery.conf': '',
  };
}

function asteriskConf({ folder, modulesFolder }: AsteriskConfigOptions): string {
  return `[directories]
astetcdir => ${folder}/etc
astmoddir => ${modulesFolder}
astvarlibdir => ${folder}/var
astdbdir => ${folder}/var
astkeydir => ${folder}/var
astcachedir => ${folder}/cache
astspooldir => ${folder}/spool
astrundir => ${folder}/run
astlogdir => ${folder}/log
astdatadir => /usr/share/asterisk
astagidir => /usr/share/asterisk/agi-bin
astsbindir => /usr/sbin
[options]
verbose = 3
`;
}

/** Autoload, without what wants hardware, databases or ports that several instances would quarrel about. */
const modulesConf = `[modules]
autoload=yes
${[
  'chan_mobile',
  'chan_alsa',
  'chan_console',
  'chan_motif',
  'chan_iax2',
  'chan_ooh323',
  'chan_dahdi',
  'chan_unistim',
  'chan_websocket',
  'res_config_odbc',
  'res_config_pgsql',
  'res_config_ldap',
  'res_odbc',
  'cdr_pgsql',
  'cel_pgsql',
  'cdr_radius',
  'cel_radius',
  'cdr_tds',
  'cel_tds',
  'app_voicemail_odbc',
  'app_voicemail_imap',
  'pbx_dundi',
  'pbx_ael',
  'pbx_lua',
  'res_snmp',
  'res_prometheus',
  'res_statsd',
  'res_calendar',
  'res_xmpp',
]
  .map((name) => `noload => ${name}.so`)
  .join('\n')}
`;

const loggerConf = `[general]
dateformat=%F %T.%3q
[logfiles]
full => notice,warning,error,verbose,dtmf
console => error
`;

const indicationsConf = `[general]
country=us
[us]
description=United States
ringcadence=2000,4000
dial=350+440
busy=480+620/500,0/500
ring=440+480/2000,0/4000
congestion=480+620/250,0/250
callwaiting=440/300,0/10000
dialrecall=!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440
record=1400/500,0/15000
info=!950/330,!1400/330,!1800/330,0
stutter=!350+440/100,!0/100,350+440
`;

function httpConf({ host, wsPort, wssPort, certificateFile, keyFile }: AsteriskConfigOptions): string {
  return `[general]
enabled=yes
bindaddr=${host}
bindport=${wsPort}
tlsenable=yes
tlsbindaddr=${inUri(host)}:${wssPort}
tlscertfile=${certificateFile}
tlsprivatekey=${keyFile}
`;
}

/** Plain RTP over every transport, WebSocket too: no `webrtc=yes`, hence RTP/AVP without DTLS. */
function pjsipConf(options: AsteriskConfigOptions): string {
  const { host, sipPort, tlsPort, certificateFile, keyFile, lines, endpointLines } = options;
  const transports = `[global]
type=global
[transport-udp]
type=transport
protocol=udp
bind=${inUri(host)}:${sipPort}
[transport-tcp]
type=transport
protocol=tcp
bind=${inUri(host)}:${sipPort}
[transport-tls]
type=transport
protocol=tls
bind=${inUri(host)}:${tlsPort}
cert_file=${certificateFile}
priv_key_file=${keyFile}
method=tlsv1_2
[transport-ws]
type=transport
protocol=ws
bind=${inUri(host)}
[transport-wss]
type=transport
protocol=wss
bind=${inUri(host)}
`;
  const endpoints = lines.map(
    ({ extension, password }) => `[${extension}]
type=endpoint
context=tests
callerid="Extension ${extension}" <${extension}>
disallow=all
allow=ulaw,alaw,g722,opus
auth=${extension}
aors=${extension}
direct_media=no
dtmf_mode=rfc4733
rtp_symmetric=yes
rtp_ipv6=${isIPv6(host) ? 'yes' : 'no'}
force_rport=yes
rewrite_contact=yes
message_context=texts
${(endpointLines[extension] ?? []).map((line) => `${line}\n`).join('')}[${extension}]
type=auth
auth_type=userpass
username=${extension}
password=${password}
[${extension}]
type=aor
max_contacts=10
remove_existing=yes
mailboxes=${extension}@default
`,
  );
  return transports + endpoints.join('');
}

function extensionsConf({ lines, speechSound, dialplan }: AsteriskConfigOptions): string {
  const numbers = lines.map(
    ({ extension }) => `exten => ${extension},hint,PJSIP/${extension}
exten => ${extension},1,ExecIf(\$[\${DB_EXISTS(CF/${extension})}]?Goto(\${DB_RESULT},1))
 same => n,Dial(PJSIP/${extension},60)
exten => *${extension},1,VoiceMail(${extension}@default,us)
 same => n,Hangup()
`,
  );
  return `[general]
[tests]
exten => 600,1,Answer()
 same => n,Echo()
 same => n,Hangup()
exten => 601,1,Answer()
 same => n,Milliwatt()
exten => 602,1,Answer()
 same => n(again),Playback(${speechSound})
 same => n,Goto(again)
exten => 603,1,Answer()
 same => n,Read(D,,16,t,1,30)
 same => n,Verbose(1,DTMFGOT \${CALLERID(num)} \${D})
 same => n,Wait(1)
 same => n,Hangup()
exten => 604,1,Busy(20)
exten => 605,1,Ringing()
 same => n,Wait(3600)
exten => 606,1,Congestion(20)
exten => 607,1,Answer()
 same => n,Wait(2)
 same => n,Hangup()
exten => 608,1,Ringing()
 same => n,Wait(2)
 same => n,Hangup(19)
exten => _**X.,1,Pickup(\${EXTEN:2})
 same => n,Hangup()
exten => _*72X.,1,Set(DB(CF/\${CALLERID(num)})=\${EXTEN:3})
 same => n,Answer()
 same => n,Wait(1)
 same => n,Hangup()
exten => *73,1,NoOp(\${DB_DELETE(CF/\${CALLERID(num)})})
 same => n,Answer()
 same => n,Hangup()
exten => *97,1,Answer()
 same => n,VoiceMailMain(\${CALLERID(num)}@default)
 same => n,Hangup()
${numbers.join('')}${dialplan}[texts]
exten => _X.,1,MessageSend(pjsip:\${EXTEN},\${MESSAGE(from)})
`;
}

function voicemailConf({ lines }: AsteriskConfigOptions): string {
  const boxes = lines.map(({ extension, pin }) => `${extension} => ${pin},Extension ${extension}\n`);
  return `[general]
format=wav
maxsecs=60
minsecs=1
maxsilence=0
maxlogins=3
pollmailboxes=no
[default]
${boxes.join('')}`;
}

/** Brackets around an IPv6 address. */
function inUri(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
