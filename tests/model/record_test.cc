#include "model/record.h"

#include <gtest/gtest.h>

namespace masc::model {
namespace {

std::string error_of(std::string_view text) {
  const auto records = read_records(text, guess_format(text));
  return records ? "none" : records.error().message;
}

TEST(Record, NeedsATitleOnly) {
  const auto records = read_records("- title: T\n", RecordFormat::kYaml).value();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].task.title, "T");
  EXPECT_EQ(records[0].task.priority, 2);
  EXPECT_EQ(records[0].task.status, Status::kOpen);
  EXPECT_TRUE(records[0].task.id.empty());
  EXPECT_FALSE(records[0].has_created);
}

TEST(Record, TakesEveryFieldOfTheContract) {
  const auto records =
      read_records(
          R"({"id":"m-7k3q9fxa","key":null,"title":"T","body":"b","status":"done","priority":0,)"
          R"("labels":["x"],"after":["k"],"parent":"p","paths":["src/**"],)"
          R"("created_at":"2026-03-01T12:00:00Z","created_by":"al","updated_at":)"
          R"("2026-03-02T12:00:00Z","ready":false,"blocked_by":[],"generation":3,"claim":null,)"
          R"("reserved":null,"result":{"agent":"al","generation":3,"branch":"b","commit":"c",)"
          R"("landed":true},"dna":null,"note":"n","version":"x"})",
          RecordFormat::kJsonLines)
          .value();
  const Record& record = records.at(0);
  EXPECT_EQ(record.task.id.str(), "m-7k3q9fxa");
  EXPECT_EQ(record.body, "b");
  EXPECT_EQ(record.task.status, Status::kDone);
  EXPECT_EQ(record.after.at(0).text, "k");
  EXPECT_EQ(record.parent->text, "p");
  EXPECT_EQ(record.task.generation, 3);
  EXPECT_TRUE(record.task.result->landed);
  EXPECT_EQ(format_time(record.task.updated), "2026-03-02T12:00:00Z");
}

TEST(Record, LosesItsClaim) {
  const auto records =
      read_records(R"({"title":"T","status":"claimed","claim":{"agent":"al"},"result":{}})",
                   RecordFormat::kJsonLines)
          .value();
  EXPECT_EQ(records[0].task.status, Status::kOpen);
  EXPECT_FALSE(records[0].task.result);
}

TEST(Record, ErrorsNameLineAndColumn) {
  EXPECT_EQ(error_of("- title: T\n  prioritty: 1\n"), "2:3: a task has no field 'prioritty'");
  EXPECT_EQ(error_of("- title: T\n  priority: 5\n"), "2:13: a whole number from 0 to 4 expected");
  EXPECT_EQ(error_of("- priority: 1\n"), "1:3: a task needs a title");
  EXPECT_EQ(error_of("title: T\n"), "1:1: a list of task records expected");
  EXPECT_EQ(error_of("- T\n"), "1:3: a task record expected");
  EXPECT_EQ(error_of("{\"title\":\"T\"}\n\n{\"title\":\"T\",\"status\":\"shut\"}\n"),
            "3:23: 'shut' is no status");
  EXPECT_EQ(error_of("{\"title\":\"a\\nb\"}\n").substr(0, 5), "1:10:");
  EXPECT_EQ(error_of("{\"title\":\"T\",\"paths\":[\"a\",\"../b\"]}\n").substr(0, 5), "1:27:");
  EXPECT_EQ(error_of("{\"title\":\"T\",\"id\":\"m-UPPER\"}\n").substr(0, 5), "1:19:");
  EXPECT_EQ(error_of("{\"title\":\"T\",\"created_at\":\"yesterday\"}\n").substr(0, 5), "1:27:");
  EXPECT_EQ(error_of("{\"title\":\"T\",\"result\":{\"x\":1}}\n"),
            "1:24: a result has no field 'x'");
}

TEST(Record, FormatIsFoundOutFromTheText) {
  EXPECT_EQ(guess_format("  {\"title\":1}"), RecordFormat::kJsonLines);
  EXPECT_EQ(guess_format("- title: T"), RecordFormat::kYaml);
  EXPECT_EQ(guess_format("[{}]"), RecordFormat::kYaml);
  EXPECT_TRUE(read_records("\xEF\xBB\xBF{\"title\":\"T\"}", RecordFormat::kJsonLines));
  EXPECT_FALSE(parse_record_format("xml"));
}

}  // namespace
}  // namespace masc::model
