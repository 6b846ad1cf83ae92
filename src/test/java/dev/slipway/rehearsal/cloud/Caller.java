package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;

/**
 * Who makes a call with the credentials of a role.
 *
 * @param role the role's name, or null for a machine that has none
 * @param session what the credentials were handed out for: a machine's id, or a name of its choice
 * @param context what conditions may ask about the session
 */
record Caller(String role, String session, Map<String, List<String>> context) {

  String arn() {
    return "arn:aws:sts::" + EmulatedCloud.ACCOUNT + ":assumed-role/" + role + "/" + session;
  }
}
