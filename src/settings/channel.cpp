#include "settings/channel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/decode.h"
#include "policy/notices.h"
#include "policy/template.h"
#include "settings/operation_checks.h"
#include "settings/operation_row.h"

namespace sideband::policy {
namespace {

using config::TableOf;

constexpr std::int64_t kShortest = Duration(std::chrono::milliseconds(1)).count();

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool may_hold_notice(const std::string& text) {
  const auto& names = notice_placeholders();
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return text.find('{' + name + '}') != std::string::npos;
  });
}

class ChannelChecks {
 public:
  ChannelChecks(const CheckContext& context, const config::Node& node, bool sound)
      : context_(context),
        node_(node),
        operations_(
            context,
            [this](const std::string& at, std::string text) { error(at, std::move(text)); },
            may_hold_notice, sound) {}

  void run(ChannelSettings& channel) const {
    check_when(channel);
    const config::DriverFields* driver = operations_.driver("spec.target", channel.target);
    if (driver == nullptr) return;
    operations_.check("spec.tell", *driver, channel.target, channel.tell);
    operations_.keep_texts("spec.tell", *driver, channel.tell);
    for (const auto& [key, text] : channel.tell) check_text("spec.tell." + key, text);
  }

 private:
  void error(const std::string& path, std::string text) const {
    context_.messages.error(config::span_at(node_, path), path, std::move(text));
  }

  void check_when(const ChannelSettings& channel) const {
    for (const std::string& word : channel.when) {
      if (has(notice_statuses(), word)) continue;
      const std::string hint = config::did_you_mean(word, notice_statuses());
      error("spec.when", fmt::format("\"{}\" is no status that needs somebody{}", word,
                                     hint.empty() ? fmt::format("; write one of {}",
                                                                fmt::join(notice_statuses(), ", "))
                                                  : hint));
    }
  }

  void check_text(const std::string& at, const std::string& text) const {
    const auto parsed = Template::parse(text);
    if (!parsed.ok()) return error(at, parsed.error().message);
    for (const std::string& name : parsed->placeholders()) {
      if (has(notice_placeholders(), name)) continue;
      error(at, fmt::format("{{{}}} is none of {{{}}}", name,
                            fmt::join(notice_placeholders(), "}, {")));
    }
  }

  const CheckContext& context_;
  const config::Node& node_;
  const OperationChecks operations_;
};

}  // namespace

config::Fields channel_fields(const config::DriverFields* driver) {
  using C = ChannelSettings;
  return envelope(
      "Channel", TableOf<C>(),
      TableOf<C>()
          .name("target", &C::target, "The target by which people are told.")
          .required()
          .row(operation_row("tell", driver, &C::tell,
                             "How they are told; the keys are the driver's."))
          .required()
          .list("when", &C::when, config::FieldType::kText, config::read_text,
                "Which statuses of a reconciler are told.")
          .fallback(fmt::format("{}", fmt::join(notice_statuses(), ", ")))
          .duration("after", &C::after, "So long one has to last, and to be over, to be told.")
          .duration("repeat", &C::repeat, "It is told again so often while it lasts; 0s = once.")
          .duration("timeout", &C::timeout, "The longest that telling may take each time.")
          .at_least(kShortest));
}

void check_channel(const CheckContext& context, const config::Node& node, ChannelSettings& channel,
                   bool sound) {
  ChannelChecks(context, node, sound).run(channel);
}

void check_notify(const CheckContext& context) {
  std::vector<std::string> names;
  for (const auto& [name, channel] : context.settings.channels) names.push_back(name);
  for (const auto& [name, reconciler] : context.settings.reconcilers) {
    for (const std::string& wanted : reconciler.notify) {
      if (has(names, wanted)) continue;
      const std::string hint = config::did_you_mean(wanted, names);
      context.error(reconciler, "spec.notify",
                    fmt::format("there is no Channel \"{}\"{}", wanted, hint));
    }
  }
}

}  // namespace sideband::policy
