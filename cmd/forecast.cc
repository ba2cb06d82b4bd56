#include "store/forecast.h"

#include "base/text.h"
#include "cmd/records.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

constexpr int kConflict = 3;
constexpr std::size_t kMostPaths = 3;

struct Options {
  std::optional<std::string> id;
  bool exit_code = false;
};
struct Reply {
  store::Forecast forecast;
  bool exit_code = false;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "only what concerns this task",
           .completes = Completes::kTask},
          {"--exit-code", &o.exit_code, "", "exit 3 if anything would be in conflict"}};
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const git::Git git, context.git());
  std::optional<model::TaskId> only;
  if (o.id) {
    MASC_TRY(only, tasks->resolve(*o.id, 2));
  }
  Reply reply;
  reply.exit_code = o.exit_code;
  MASC_TRY(reply.forecast, store::make_forecast(*repository, git, *tasks, only));
  for (const std::string& remark : reply.forecast.remarks) context.warn(remark);
  return reply;
}

bool has_conflict(const Reply& reply) {
  const auto& pairs = reply.forecast.pairs;
  return std::any_of(pairs.begin(), pairs.end(), [](const store::ForecastPair& pair) {
    return pair.kind == store::ForecastPair::Kind::kConflict;
  });
}

std::string_view words_of(store::ForecastPair::Kind kind) {
  switch (kind) {
    case store::ForecastPair::Kind::kConflict: return "conflict";
    case store::ForecastPair::Kind::kTakeback: return "take-back";
    case store::ForecastPair::Kind::kBothEdit: return "both edit";
  }
  return "conflict";
}

std::string pair_line(const store::ForecastPair& pair) {
  std::string paths;
  for (std::size_t i = 0; i < std::min(pair.paths.size(), kMostPaths); ++i)
    paths += " " + printable(pair.paths[i]);
  if (pair.paths.size() > kMostPaths)
    paths += fmt::format(" and {} more", pair.paths.size() - kMostPaths);
  return fmt::format("{}  {}  {} {}\n", words_of(pair.kind), pair.a, pair.b, paths);
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  const store::Forecast& forecast = reply.forecast;
  const auto count = [&](store::ForecastPair::Kind kind) {
    return std::count_if(forecast.pairs.begin(), forecast.pairs.end(),
                         [&](const store::ForecastPair& pair) { return pair.kind == kind; });
  };
  using Kind = store::ForecastPair::Kind;
  out.text = forecast.pairs.empty() ? "clear\n"
                                    : fmt::format("{} conflicts, {} take-backs, {} both edit\n",
                                                  count(Kind::kConflict), count(Kind::kTakeback),
                                                  count(Kind::kBothEdit));
  for (const store::ForecastPair& pair : forecast.pairs) out.text += pair_line(pair);
  if (forecast.order.size() > 1) {
    out.text += "land in this order:";
    for (const std::string& id : forecast.order) out.text += " " + id;
    out.text += "\n";
  }
  out.status = reply.exit_code && has_conflict(reply) ? kConflict : 0;
  JsonWriter json(context.globals().json);
  json.key("pairs").begin_array();
  for (const store::ForecastPair& pair : forecast.pairs) {
    json.begin_object().field("a", pair.a).field("b", pair.b);
    json.field("kind", store::kind_name(pair.kind)).key("paths").strings(pair.paths).end_object();
  }
  json.end_array().key("order").strings(forecast.order);
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_forecast() {
  static const Verb verb =
      define<Options>({.name = "forecast",
                       .summary = "which live claims would conflict if they landed now",
                       .usage = "forecast [ID] [--exit-code]",
                       .exits = "0 1 2 3 4 7",
                       .examples = {"masc forecast", "masc forecast m-7k3q9fxa --exit-code"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
