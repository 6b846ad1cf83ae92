package dev.slipway.account;

import com.pulumi.aws.budgets.Budget;
import com.pulumi.aws.budgets.BudgetArgs;
import com.pulumi.aws.budgets.inputs.BudgetNotificationArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.monitoring.AlertTopic;
import java.util.List;
import java.util.Map;

/**
 * What the account may cost in a month, and who hears when it costs more, or is going to.
 *
 * <p>Creates a budget, which costs nothing and stops nothing: AWS looks at it a few times a day.
 *
 * <pre>{@code
 * new MonthlyBudget(named("budget"), settings, alerts, childOptions());
 * }</pre>
 *
 * <p>What a budget counts is said in the <a
 * href="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html">AWS
 * Cost Management user guide</a>.
 */
public final class MonthlyBudget extends Component {
  static final String TYPE = "slipway:account:MonthlyBudget";

  public MonthlyBudget(
      String name, BudgetSettings settings, AlertTopic alerts, ComponentResourceOptions options) {
    super(TYPE, name, options);
    new Budget(
        named("budget"),
        BudgetArgs.builder()
            .name("slipway-" + stack().name())
            .budgetType("COST")
            .timeUnit("MONTHLY")
            .limitAmount(settings.monthlyUsd() + ".0")
            .limitUnit("USD")
            .notifications(
                notification("ACTUAL", 80, settings, alerts),
                notification("ACTUAL", 100, settings, alerts),
                notification("FORECASTED", 100, settings, alerts))
            .tags(nameTag("budget"))
            .build(),
        leaf().dependsOn(alerts.ready()).build());
    registerOutputs(Map.of());
  }

  private static BudgetNotificationArgs notification(
      String kind, double percent, BudgetSettings settings, AlertTopic alerts) {
    var args =
        BudgetNotificationArgs.builder()
            .notificationType(kind)
            .comparisonOperator("GREATER_THAN")
            .threshold(percent)
            .thresholdType("PERCENTAGE")
            .subscriberSnsTopicArns(alerts.arn().applyValue(List::of));
    settings
        .email()
        .ifPresent(address -> args.subscriberEmailAddresses(Output.of(List.of(address))));
    return args.build();
  }
}
