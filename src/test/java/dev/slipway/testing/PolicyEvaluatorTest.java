package dev.slipway.testing;

import static dev.slipway.testing.PolicyEvaluator.Outcome.ALLOWED;
import static dev.slipway.testing.PolicyEvaluator.Outcome.DENIED_EXPLICIT;
import static dev.slipway.testing.PolicyEvaluator.Outcome.DENIED_IMPLICIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.testing.PolicyEvaluator.Decision;
import dev.slipway.testing.PolicyEvaluator.Outcome;
import dev.slipway.testing.PolicyEvaluator.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyEvaluatorTest {
  private static final String ROLE =
      "arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567";
  private static final String OTHER_ROLE = "arn:aws:iam::123456789012:role/other";
  private static final String FOREIGN_ROLE = "arn:aws:iam::210987654321:role/host";
  private static final String OBJECT = "arn:aws:s3:::bundles/a/b.tar.gz";
  private static final Request GET = Request.of(ROLE, "s3:GetObject", OBJECT);

  private static final String ALLOW_ALL =
      "{'Sid':'All','Effect':'Allow','Action':'*','Resource':'*'}";

  private static String policy(String... statements) {
    return ("{'Version':'2012-10-17','Statement':[" + String.join(",", statements) + "]}")
        .replace('\'', '"');
  }

  private static PolicyEvaluator having(String... statements) {
    return new PolicyEvaluator(List.of(policy(statements)));
  }

  /** A statement that allows reading objects under a condition. */
  private static PolicyEvaluator readingWhen(String condition) {
    return having(
        "{'Sid':'Read','Effect':'Allow','Action':'s3:GetObject','Resource':'*','Condition':"
            + condition
            + "}");
  }

  private static Outcome outcome(PolicyEvaluator policies, Request request) {
    return policies.evaluate(request).outcome();
  }

  @Test
  void whatNothingAllowsIsDenied() {
    assertThat(new PolicyEvaluator(List.of()).evaluate(GET))
        .isEqualTo(new Decision(DENIED_IMPLICIT, ""));
    assertThat(outcome(having("{'Effect':'Allow','Action':'s3:PutObject','Resource':'*'}"), GET))
        .isEqualTo(DENIED_IMPLICIT);
  }

  @Test
  void anAllowNamesTheStatementThatDecided() {
    assertThat(having(ALLOW_ALL).evaluate(GET)).isEqualTo(new Decision(ALLOWED, "All"));
  }

  @Test
  void anExplicitDenyWinsWhereverItStands() {
    var deny = "{'Sid':'No','Effect':'Deny','Action':'s3:Get*','Resource':'*'}";
    var decision = new Decision(DENIED_EXPLICIT, "No");

    assertThat(having(ALLOW_ALL, deny).evaluate(GET)).isEqualTo(decision);
    assertThat(new PolicyEvaluator(List.of(policy(deny), policy(ALLOW_ALL))).evaluate(GET))
        .isEqualTo(decision);
    assertThat(having(ALLOW_ALL).boundedBy(policy(ALLOW_ALL, deny)).evaluate(GET))
        .isEqualTo(decision);
    assertThat(
            having(ALLOW_ALL)
                .at(policy(deny.replace("'Effect'", "'Principal':'*','Effect'")))
                .evaluate(GET))
        .isEqualTo(decision);
  }

  @Test
  void statementsMayStandAloneWithoutAList() {
    var policy = ("{'Version':'2012-10-17','Statement':" + ALLOW_ALL + "}").replace('\'', '"');
    assertThat(outcome(new PolicyEvaluator(List.of(policy)), GET)).isEqualTo(ALLOWED);
  }

  @ParameterizedTest
  @CsvSource({
    "*, ALLOWED",
    "s3:*, ALLOWED",
    "s3:getobject, ALLOWED",
    "s3:Get*, ALLOWED",
    "s3:GetObjec?, ALLOWED",
    "s3:GetObject?, DENIED_IMPLICIT",
    "s3:Get, DENIED_IMPLICIT",
    "ssm:*, DENIED_IMPLICIT",
  })
  void actionsHaveWildcards(String action, Outcome outcome) {
    var statement = "{'Effect':'Allow','Action':'" + action + "','Resource':'*'}";
    assertThat(outcome(having(statement), GET)).isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource({
    "arn:aws:s3:::bundles/*, ALLOWED",
    "arn:aws:s3:::bundles/a/?.tar.gz, ALLOWED",
    "arn:aws:s3:::*/b.tar.gz, ALLOWED",
    "arn:aws:s3:*, ALLOWED",
    "arn:aws:s3:::Bundles/*, DENIED_IMPLICIT",
    "arn:aws:s3:::bundles, DENIED_IMPLICIT",
    "arn:aws:s3:::bundles/a, DENIED_IMPLICIT",
    "arn:aws:s3:::bundles-of-others/*, DENIED_IMPLICIT",
    "arn:aws:ssm:::bundles/*, DENIED_IMPLICIT",
  })
  void resourcesHaveWildcards(String resource, Outcome outcome) {
    assertThat(
            outcome(
                having("{'Effect':'Allow','Action':'s3:GetObject','Resource':'" + resource + "'}"),
                GET))
        .isEqualTo(outcome);
  }

  @Test
  void aWildcardWithinAPartOfAnArnStaysInIt() {
    var group = "arn:aws:logs:us-east-1:123456789012:log-group:/slipway/staging:log-stream:x";
    var request = Request.of(ROLE, "logs:PutLogEvents", group);
    var statement = "{'Effect':'Allow','Action':'logs:*','Resource':'%s'}";

    assertThat(outcome(having(statement.formatted("arn:aws:logs:*:*:log-group:*")), request))
        .isEqualTo(ALLOWED);
    assertThat(
            outcome(having(statement.formatted("arn:aws:logs:us-*1:*:log-group:/s*g:*")), request))
        .isEqualTo(ALLOWED);
    assertThat(outcome(having(statement.formatted("arn:aws:logs:us-*1:*:l*/staging:*")), request))
        .isEqualTo(DENIED_IMPLICIT);
  }

  @Test
  void notActionAndNotResourceMeanEverythingElse() {
    var policies =
        having(
            ALLOW_ALL,
            "{'Effect':'Deny','NotAction':['s3:Get*','s3:Put*'],'Resource':'*'}",
            "{'Effect':'Deny','Action':'s3:Put*','NotResource':'arn:aws:s3:::bundles/*'}");

    assertThat(outcome(policies, GET)).isEqualTo(ALLOWED);
    assertThat(outcome(policies, Request.of(ROLE, "s3:DeleteObject", OBJECT)))
        .isEqualTo(DENIED_EXPLICIT);
    assertThat(outcome(policies, Request.of(ROLE, "s3:PutObject", OBJECT))).isEqualTo(ALLOWED);
    assertThat(outcome(policies, Request.of(ROLE, "s3:PutObject", "arn:aws:s3:::others/a")))
        .isEqualTo(DENIED_EXPLICIT);
  }

  @Test
  void aBoundaryAllowsNothingAndMustAllowToo() {
    var boundary = policy("{'Effect':'Allow','Action':'s3:Get*','Resource':'*'}");

    assertThat(outcome(having(ALLOW_ALL).boundedBy(boundary), GET)).isEqualTo(ALLOWED);
    assertThat(
            outcome(
                having(ALLOW_ALL).boundedBy(boundary), Request.of(ROLE, "s3:PutObject", OBJECT)))
        .isEqualTo(DENIED_IMPLICIT);
    assertThat(outcome(new PolicyEvaluator(List.of()).boundedBy(boundary), GET))
        .isEqualTo(DENIED_IMPLICIT);
  }

  @Test
  void aResourcePolicyAllowsThePrincipalsThatItNames() {
    var nobody = new PolicyEvaluator(List.of());
    var named =
        policy("{'Effect':'Allow','Principal':{'AWS':'" + ROLE + "'},'Action':'*','Resource':'*'}");
    var everybodyButUs =
        policy("{'Effect':'Deny','NotPrincipal':{'AWS':'" + ROLE + "'},'Action':'*'}");

    assertThat(outcome(nobody.at(named), GET)).isEqualTo(ALLOWED);
    assertThat(outcome(nobody.at(named), Request.of(OTHER_ROLE, "s3:GetObject", OBJECT)))
        .isEqualTo(DENIED_IMPLICIT);
    assertThat(outcome(having(ALLOW_ALL).at(everybodyButUs), GET)).isEqualTo(ALLOWED);
    assertThat(
            outcome(
                having(ALLOW_ALL).at(everybodyButUs),
                Request.of(OTHER_ROLE, "s3:GetObject", OBJECT)))
        .isEqualTo(DENIED_EXPLICIT);
  }

  @Test
  void aResourcePolicyThatNamesTheAccountLeavesItToTheIdentity() {
    var account =
        policy(
            "{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::123456789012:root'},"
                + "'Action':'*','Resource':'*'}");
    var key = "arn:aws:kms:us-east-1:123456789012:key/1";
    var decrypt = Request.of(ROLE, "kms:Decrypt", key);

    assertThat(outcome(new PolicyEvaluator(List.of()).atGuarded(account), decrypt))
        .isEqualTo(DENIED_IMPLICIT);
    assertThat(outcome(having(ALLOW_ALL).atGuarded(account), decrypt)).isEqualTo(ALLOWED);
  }

  @Test
  void aGuardedResourceLetsInOnlyWhomItNames() {
    var trust =
        policy(
            "{'Effect':'Allow','Principal':{'Service':'ec2.amazonaws.com'},"
                + "'Action':'sts:AssumeRole'}");

    assertThat(
            outcome(
                new PolicyEvaluator(List.of()).atGuarded(trust),
                Request.of("ec2.amazonaws.com", "sts:AssumeRole", ROLE)))
        .isEqualTo(ALLOWED);
    assertThat(
            outcome(
                having(ALLOW_ALL).atGuarded(trust), Request.of(OTHER_ROLE, "sts:AssumeRole", ROLE)))
        .isEqualTo(DENIED_IMPLICIT);
  }

  @Test
  void anotherAccountNeedsBothPolicies() {
    var topic = "arn:aws:sns:us-east-1:123456789012:alarms";
    var publish = Request.of(FOREIGN_ROLE, "sns:Publish", topic);
    var named =
        policy(
            "{'Effect':'Allow','Principal':{'AWS':'210987654321'},'Action':'sns:Publish',"
                + "'Resource':'"
                + topic
                + "'}");

    assertThat(outcome(having(ALLOW_ALL), publish)).isEqualTo(DENIED_IMPLICIT);
    assertThat(outcome(new PolicyEvaluator(List.of()).at(named), publish))
        .isEqualTo(DENIED_IMPLICIT);
    assertThat(outcome(having(ALLOW_ALL).at(named), publish)).isEqualTo(ALLOWED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'StringEquals':{'k':'a'}}                       | a   | ALLOWED",
        "{'StringEquals':{'K':['b','a']}}                 | a   | ALLOWED",
        "{'StringEquals':{'k':'a*'}}                      | ab  | DENIED_IMPLICIT",
        "{'StringEquals':{'k':'a'}}                       | A   | DENIED_IMPLICIT",
        "{'StringEquals':{'k':'a'}}                       |     | DENIED_IMPLICIT",
        "{'StringEqualsIfExists':{'k':'a'}}               |     | ALLOWED",
        "{'StringEqualsIfExists':{'k':'a'}}               | b   | DENIED_IMPLICIT",
        "{'StringEqualsIgnoreCase':{'k':'a'}}             | A   | ALLOWED",
        "{'StringNotEquals':{'k':['a','b']}}              | b   | DENIED_IMPLICIT",
        "{'StringNotEquals':{'k':['a','b']}}              | c   | ALLOWED",
        "{'StringNotEquals':{'k':'a'}}                    |     | ALLOWED",
        "{'StringLike':{'k':'a*c'}}                       | abc | ALLOWED",
        "{'StringLike':{'k':'a?'}}                        | abc | DENIED_IMPLICIT",
        "{'StringNotLike':{'k':'a*'}}                     | abc | DENIED_IMPLICIT",
        "{'Bool':{'k':'true'}}                            | True | ALLOWED",
        "{'Bool':{'k':false}}                             | true | DENIED_IMPLICIT",
        "{'Bool':{'k':'false'}}                           |     | DENIED_IMPLICIT",
        "{'Null':{'k':'true'}}                            |     | ALLOWED",
        "{'Null':{'k':'true'}}                            | a   | DENIED_IMPLICIT",
        "{'Null':{'k':'false'}}                           | a   | ALLOWED",
        "{'NumericEquals':{'k':'10'}}                     | 10.0 | ALLOWED",
        "{'NumericNotEquals':{'k':'10'}}                  | 10  | DENIED_IMPLICIT",
        "{'NumericLessThan':{'k':10}}                     | 9   | ALLOWED",
        "{'NumericLessThan':{'k':'10'}}                   | 10  | DENIED_IMPLICIT",
        "{'NumericLessThanEquals':{'k':'10'}}             | 10  | ALLOWED",
        "{'NumericGreaterThan':{'k':'10'}}                | 9   | DENIED_IMPLICIT",
        "{'NumericGreaterThanEquals':{'k':'10'}}          | 10  | ALLOWED",
        "{'ArnLike':{'k':'arn:aws:ec2:*:123456789012:instance/i-*'}}"
            + "| arn:aws:ec2:us-east-1:123456789012:instance/i-1 | ALLOWED",
        "{'ArnEquals':{'k':'arn:aws:ec2:us*:instance/i-*'}}"
            + "| arn:aws:ec2:us-east-1:123456789012:instance/i-1 | DENIED_IMPLICIT",
        "{'ArnNotLike':{'k':'arn:aws:ec2:*:*:instance/*'}}"
            + "| arn:aws:ec2:us-east-1:123456789012:instance/i-1 | DENIED_IMPLICIT",
        "{'StringEquals':{'k':'a'},'Null':{'j':'false'}}  | a   | DENIED_IMPLICIT",
        "{'StringEquals':{'k':'a','j':'b'}}               | a   | DENIED_IMPLICIT",
        "{'StringNotEqualsIfExists':{'k':'a'}}            |     | ALLOWED",
      })
  void conditionsHold(String condition, String value, Outcome outcome) {
    var request = value == null ? GET : GET.with("k", value);
    assertThat(outcome(readingWhen(condition), request)).isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ForAllValues:StringEquals    | a b | ALLOWED",
        "ForAllValues:StringEquals    | a c | DENIED_IMPLICIT",
        "ForAllValues:StringEquals    |     | ALLOWED",
        "ForAnyValue:StringEquals     | c b | ALLOWED",
        "ForAnyValue:StringEquals     | c d | DENIED_IMPLICIT",
        "ForAnyValue:StringEquals     |     | DENIED_IMPLICIT",
        "ForAllValues:StringNotEquals | c d | ALLOWED",
        "ForAllValues:StringNotEquals | c a | DENIED_IMPLICIT",
        "ForAnyValue:StringNotEquals  | c a | ALLOWED",
        "ForAnyValue:StringNotEquals  | a b | DENIED_IMPLICIT",
        "ForAnyValue:StringLike       | x a | ALLOWED",
      })
  void conditionsOnSeveralValuesHold(String operator, String values, Outcome outcome) {
    var condition = "{'" + operator + "':{'aws:TagKeys':['a','b']}}";
    var request = values == null ? GET : GET.with("aws:TagKeys", values.split(" "));
    assertThat(outcome(readingWhen(condition), request)).isEqualTo(outcome);
  }

  @Test
  void variablesTakeTheirValueFromTheRequest() {
    var own = "arn:aws:s3:::bundles/${aws:PrincipalTag/team}/*";
    var policies = having("{'Effect':'Allow','Action':'s3:*','Resource':'" + own + "'}");

    assertThat(outcome(policies, GET.with("aws:PrincipalTag/team", "a"))).isEqualTo(ALLOWED);
    assertThat(outcome(policies, GET.with("aws:PrincipalTag/team", "b")))
        .isEqualTo(DENIED_IMPLICIT);
    assertThat(outcome(policies, GET)).isEqualTo(DENIED_IMPLICIT);
    assertThat(outcome(policies, GET.with("aws:PrincipalTag/team", "*")))
        .as("a wildcard in a value is none")
        .isEqualTo(DENIED_IMPLICIT);
  }

  @Test
  void variablesMayHaveADefaultAndStandForWildcards() {
    var policies =
        readingWhen("{'StringLike':{'k':['${aws:PrincipalTag/team, x}-*','plain${*}']}}");

    assertThat(outcome(policies, GET.with("k", "x-1"))).isEqualTo(ALLOWED);
    assertThat(outcome(policies, GET.with("k", "y-1"))).isEqualTo(DENIED_IMPLICIT);
    assertThat(outcome(policies, GET.with("k", "y-1").with("aws:PrincipalTag/team", "y")))
        .isEqualTo(ALLOWED);
    assertThat(outcome(policies, GET.with("k", "plain*"))).isEqualTo(ALLOWED);
    assertThat(outcome(policies, GET.with("k", "plainer"))).isEqualTo(DENIED_IMPLICIT);
  }

  @Test
  void theRequestKnowsItsPrincipal() {
    assertThat(outcome(readingWhen("{'ArnLike':{'aws:PrincipalArn':'" + ROLE + "'}}"), GET))
        .isEqualTo(ALLOWED);
    assertThat(outcome(readingWhen("{'StringEquals':{'aws:PrincipalAccount':'1'}}"), GET))
        .isEqualTo(DENIED_IMPLICIT);
  }

  @Test
  void aBucketThatWantsTlsDeniesWhatComesWithout() {
    var tlsOnly =
        policy(
            "{'Sid':'TlsOnly','Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'*',"
                + "'Condition':{'Bool':{'aws:SecureTransport':'false'}}}");

    assertThat(outcome(having(ALLOW_ALL).at(tlsOnly), GET)).isEqualTo(ALLOWED);
    assertThat(outcome(having(ALLOW_ALL).at(tlsOnly), GET.with("aws:SecureTransport", "false")))
        .isEqualTo(DENIED_EXPLICIT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'Effect':'Allow','Action':'*','Resource':'*','Conditions':{}}",
        "{'Effect':'allow','Action':'*','Resource':'*'}",
        "{'Action':'*','Resource':'*'}",
        "{'Effect':'Allow','Resource':'*'}",
        "{'Effect':'Allow','Action':'*'}",
        "{'Effect':'Allow','Action':[],'Resource':'*'}",
        "{'Effect':'Allow','Action':{'a':'b'},'Resource':'*'}",
        "{'Effect':'Allow','Action':'*','NotAction':'s3:*','Resource':'*'}",
        "{'Effect':'Allow','Action':'s3','Resource':'*'}",
        "{'Effect':'Allow','Action':'*','Resource':'arn:aws:logs:us-*x'}",
        "{'Effect':'Allow','Action':'*','Resource':'bundles/*'}",
        "{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringIs':{'k':'a'}}}",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'IpAddress':{'k':'a'}}}",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'NullIfExists':{'k':'true'}}}",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'Bool':{'k':'yes'}}}",
        "{'Effect':'Allow','Action':'*','Resource':'*',"
            + "'Condition':{'ForSomeValues:StringLike':{'k':'a'}}}",
        "{'Effect':'Allow','Action':'*','Resource':'*',"
            + "'Condition':{'NumericNotLessThan':{'k':'1'}}}",
      })
  void refusesStatementsThatItCannotJudge(String statement) {
    assertThatIllegalArgumentException().isThrownBy(() -> having(statement));
  }

  @Test
  void refusesPoliciesThatItCannotJudge() {
    var whole = new ArrayList<>(Arrays.asList("", "[]", "{}", "{\"Statement\":[]}"));
    whole.add("{\"Version\":\"2008-10-17\",\"Statement\":[]}");
    whole.add("{\"Version\":\"2012-10-17\"}");
    whole.add("{\"Version\":\"2012-10-17\",\"Statement\":[],\"Extra\":1}");
    for (var policy : whole) {
      assertThatIllegalArgumentException()
          .as(policy)
          .isThrownBy(() -> new PolicyEvaluator(List.of(policy)));
    }
    assertThatIllegalArgumentException()
        .as("a resource's policy says who")
        .isThrownBy(() -> having().at(policy(ALLOW_ALL)));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                having()
                    .at(
                        policy(
                            "{'Effect':'Allow','Principal':{'CanonicalUser':'1'},"
                                + "'Action':'*','Resource':'*'}")));
  }

  @Test
  void refusesRequestsThatItCannotJudge() {
    assertThatIllegalArgumentException().isThrownBy(() -> Request.of(ROLE, "s3:Get*", OBJECT));
    assertThatIllegalArgumentException()
        .as("several values need a quantifier")
        .isThrownBy(
            () -> readingWhen("{'StringEquals':{'k':'a'}}").evaluate(GET.with("k", "a", "b")));
    assertThatIllegalArgumentException()
        .as("everything but an unknown would be everything")
        .isThrownBy(
            () ->
                having(
                        "{'Effect':'Allow','Action':'*',"
                            + "'NotResource':'arn:aws:s3:::${aws:PrincipalTag/team}/*'}")
                    .evaluate(GET));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                readingWhen("{'StringNotEquals':{'k':'${aws:PrincipalTag/team}'}}")
                    .evaluate(GET.with("k", "a")));
  }

  @Test
  void aManagedPolicyOfAwsAllowsWhatAwsSaysItDoes() {
    var core =
        new PolicyEvaluator(
            List.of(ManagedPolicies.json("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")));
    var anybodysSecret = "arn:aws:ssm:us-east-1:123456789012:parameter/payroll/password";

    assertThat(outcome(core, Request.of(ROLE, "ssm:GetParameter", anybodysSecret)))
        .isEqualTo(ALLOWED);
    assertThat(outcome(core, Request.of(ROLE, "ssm:PutParameter", anybodysSecret)))
        .isEqualTo(DENIED_IMPLICIT);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ManagedPolicies.json("arn:aws:iam::aws:policy/AdministratorAccess"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ManagedPolicies.json("arn:aws:iam::123456789012:policy/own"));
  }
}
