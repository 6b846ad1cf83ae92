package dev.slipway.rehearsal.cloud;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Budgets, which are kept and never warn. */
final class BudgetHandlers {
  private final AwsClient.Json budgets;

  BudgetHandlers(AwsClient aws) {
    budgets = new AwsClient.Json(aws, "budgets", "AWSBudgetServiceGateway");
  }

  List<Handler> all() {
    return List.of(budget().inert());
  }

  private Handler budget() {
    return Handler.of("aws:budgets/budget:Budget")
        .create(
            request -> {
              budget(request);
              return Handler.Made.of(
                  EmulatedCloud.ACCOUNT + ":" + request.text("name"),
                  "accountId",
                  EmulatedCloud.ACCOUNT,
                  "arn",
                  "arn:aws:budgets::" + EmulatedCloud.ACCOUNT + ":budget/" + request.text("name"));
            })
        .change(
            request -> {
              removeBudget(request.oldText("name"));
              budget(request);
            })
        .delete(request -> removeBudget(request.oldText("name")))
        .found(
            request ->
                budgets.call(
                    "DescribeBudget",
                    "AccountId",
                    EmulatedCloud.ACCOUNT,
                    "BudgetName",
                    request.oldText("name")));
  }

  private void budget(Handler.Request request) {
    budgets.call(
        "CreateBudget",
        "AccountId",
        EmulatedCloud.ACCOUNT,
        "Budget",
        request
            .fields("BudgetName=name", "BudgetType", "TimeUnit")
            .and("BudgetLimit", request.fields("Amount=limitAmount", "Unit=limitUnit")),
        "NotificationsWithSubscribers",
        request.maps("notifications").stream().map(BudgetHandlers::notification).toList());
  }

  private static Map<String, Object> notification(Map<String, Object> given) {
    var subscribers = new ArrayList<Map<String, String>>();
    Values.strings(given.get("subscriberEmailAddresses"))
        .forEach(to -> subscribers.add(Map.of("SubscriptionType", "EMAIL", "Address", to)));
    Values.strings(given.get("subscriberSnsTopicArns"))
        .forEach(to -> subscribers.add(Map.of("SubscriptionType", "SNS", "Address", to)));
    if (subscribers.isEmpty()) {
      throw new AwsError(
          "InvalidParameterException", "a notification needs at least one subscriber");
    }
    return Fields.of(
        "Notification",
        Fields.of(
            "NotificationType",
            given.get("notificationType"),
            "ComparisonOperator",
            given.get("comparisonOperator"),
            "Threshold",
            given.get("threshold"),
            "ThresholdType",
            given.get("thresholdType")),
        "Subscribers",
        subscribers);
  }

  private void removeBudget(String name) {
    budgets.call("DeleteBudget", "AccountId", EmulatedCloud.ACCOUNT, "BudgetName", name);
  }
}
