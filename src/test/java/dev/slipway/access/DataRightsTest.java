package dev.slipway.access;

import static dev.slipway.access.Accounts.STACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Request;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the roles of a stack can ever do with databases, caches and secrets. */
class DataRightsTest {
  private static final String ROLE =
      "arn:aws:iam::123456789012:role/slipway/panel/admin-panel-identity-host-role-1234567";
  private static final String MASTER_OF = "aws:ResourceTag/aws:rds:primaryDBInstanceArn";

  private static PolicyEvaluator bounded() {
    return Accounts.administrator()
        .boundedBy(STACK.only("aws:iam/policy:Policy", "foundation-panel-boundary").text("policy"));
  }

  @ParameterizedTest
  @CsvSource({
    "secretsmanager:GetSecretValue, secretsmanager, secret:slipway/panel/jwt-1-abcdef, true",
    "secretsmanager:PutSecretValue, secretsmanager, secret:slipway/panel/jwt-1-abcdef, true",
    "secretsmanager:GetSecretValue, secretsmanager, secret:slipway/production/jwt-1-abcdef, false",
    "secretsmanager:DeleteSecret, secretsmanager, secret:slipway/panel/jwt-1-abcdef, false",
    "rds:CreateDBSnapshot, rds, snapshot:slipway-panel-release-1, true",
    "rds:DeleteDBSnapshot, rds, snapshot:slipway-panel-release-1, true",
    "rds:DeleteDBSnapshot, rds, snapshot:slipway-panel-db-1-final, false",
    "rds:DeleteDBInstance, rds, db:slipway-panel-db-1, false",
    "elasticache:ModifyUser, elasticache, user:slipway-panel-app, true",
    "elasticache:ModifyUser, elasticache, user:slipway-panel-default, false",
    "memorydb:UpdateUser, memorydb, user/slipway-panel-app, true",
    "memorydb:UpdateUser, memorydb, user/slipway-production-app, false",
    "logs:PutLogEvents, logs, log-group:RDSOSMetrics:log-stream:db-1, true"
  })
  void endWithTheStacksOwn(String action, String service, String resource, boolean own) {
    var arn = "arn:aws:%s:us-east-1:123456789012:%s".formatted(service, resource);

    assertThat(bounded().evaluate(Request.of(ROLE, action, arn)).allowed()).isEqualTo(own);
  }

  @ParameterizedTest
  @CsvSource({"panel, true", "production, false"})
  void readTheMastersPasswordOfTheirOwnDatabase(String stack, boolean own) {
    var secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1234-abcdef";
    var database = "arn:aws:rds:us-east-1:123456789012:db:slipway-%s-db-1".formatted(stack);

    assertThat(
            bounded()
                .evaluate(
                    Request.of(ROLE, "secretsmanager:GetSecretValue", secret)
                        .with(MASTER_OF, database))
                .allowed())
        .isEqualTo(own);
  }
}
