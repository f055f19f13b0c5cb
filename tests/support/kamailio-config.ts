/**
 * The configuration of one Kamailio for tests: a registrar and proxy that stays in every dialog (Record-Route), asks its own users
 * for their passwords, and reaches every phone where its messages come from, whatever its Contact says.
 *
 * Whose credentials they are it does not check beyond the password: where a REGISTER brings what the phone was asked for in a call too,
 * pv_auth_check of 5.6.3 looks for the name in the Proxy-Authorization that it has not read, and ends with signal 11.
 */
import { isIPv6 } from 'node:net';

export interface KamailioConfigOptions {
  host: string;
  /** UDP and TCP, WebSocket too. */
  sipPort: number;
  /** TLS, secure WebSocket too. */
  tlsPort: number;
  certificateFile: string;
  keyFile: string;
  users: readonly { extension: string; password: string }[];
}

export function kamailioConfig(options: KamailioConfigOptions): string {
  const { sipPort, tlsPort, certificateFile, keyFile, users } = options;
  const host = isIPv6(options.host) ? `[${options.host}]` : options.host;
  return `#!KAMAILIO
debug=2
log_stderror=yes
children=2
tcp_children=2
auto_aliases=no
dns=no
rev_dns=no
tcp_accept_no_cl=yes
enable_tls=yes
listen=udp:${host}:${sipPort}
listen=tcp:${host}:${sipPort}
listen=tls:${host}:${tlsPort}

${[
  ...['tm', 'sl', 'rr', 'pv', 'maxfwd', 'textops', 'siputils', 'usrloc', 'registrar', 'auth', 'htable'],
  ...['nathelper', 'xlog', 'xhttp', 'websocket', 'tls'],
]
  .map((name) => `loadmodule "${name}.so"`)
  .join('\n')}

modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "${certificateFile}")
modparam("tls", "private_key", "${keyFile}")
modparam("usrloc", "db_mode", 0)
modparam("nathelper|registrar", "received_avp", "$avp(received)")
modparam("registrar", "gruu_enabled", 0)
modparam("htable", "htable", "passwords=>size=6;")

event_route[htable:mod-init] {
${users.map(({ extension, password }) => `  $sht(passwords=>${extension}) = "${password}";`).join('\n')}
}

request_route {
  xlog("L_NOTICE", "REQUEST $rm from $proto cseq $cs route $hdr(Route)\\n");
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  force_rport();
  if (is_method("REGISTER")) fix_nated_register();
  else add_contact_alias();
  if (has_totag()) {
    if (loose_route()) {
      if ($du == $null) handle_ruri_alias();
      route(relay);
    } else if (is_method("ACK")) {
      if (t_check_trans()) t_relay();
    } else {
      sl_send_reply("404", "Not Here");
    }
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  t_check_trans();
  if (is_method("SUBSCRIBE|PUBLISH")) {
    sl_send_reply("489", "Bad Event");
    exit;
  }
  if (is_method("REGISTER") || $sht(passwords=>$fU) != $null) {
    if (!pv_auth_check("$fd", "$sht(passwords=>$fU)", "0", "0")) {
      auth_challenge("$fd", "1");
      exit;
    }
    consume_credentials();
  }
  if (is_method("REGISTER")) {
    save("location", "0x04");
    exit;
  }
  record_route();
  if (!lookup("location")) {
    sl_send_reply("404", "Not Found");
    exit;
  }
  route(relay);
}

route[relay] {
  t_on_reply("answers");
  if (!t_relay()) sl_reply_error();
  exit;
}

onreply_route[answers] {
  add_contact_alias();
}

event_route[xhttp:request] {
  if ($hdr(Upgrade) =~ "websocket" && $rm =~ "GET") {
    ws_handle_handshake();
    exit;
  }
  xhttp_reply("404", "Not Found", "", "");
}
`;
}
