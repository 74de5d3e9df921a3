#include "settings/signal_fields.h"

#include <cctype>
#include <set>

#include "detectors/detector.h"
#include "settings/envelope.h"

namespace sideband::policy {

using config::DriverFields;
using config::Field;
using config::Fields;
using config::FieldType;
using config::TableOf;

namespace {

// As tables of fields have it: a capital and a full stop.
std::string as_sentence(std::string text) {
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

// One of the keys that say how: present only where it is written.
template <class T>
Field measure_row(const std::string& word, const TableOf<T>& rows) {
  Field row = rows.fields().front();
  row.absent = nullptr;
  row.read = [word, read = row.read](const config::Reading& reading) {
    static_cast<T*>(reading.out)->kind = word;
    read(reading);
  };
  return row;
}

config::FieldType detector_field(detectors::Form form) {
  switch (form) {
    case detectors::Form::kNumber:
      return FieldType::kQuantity;
    case detectors::Form::kDuration:
      return FieldType::kDuration;
    case detectors::Form::kCount:
      return FieldType::kCount;
    case detectors::Form::kFlag:
      return FieldType::kBool;
  }
  return FieldType::kText;
}

// One key for each detector there is, with its settings; made of the detector's own table.
TableOf<DetectorSettings> detector_rows() {
  using D = DetectorSettings;
  TableOf<D> rows;
  for (const detectors::DetectorKind& kind : detectors::detector_kinds()) {
    Fields settings;
    for (const detectors::SettingRow& one : *kind.settings) {
      settings.push_back({.key = one.name,
                          .type = detector_field(one.form),
                          .doc = as_sentence(one.doc),
                          .fallback = one.fallback});
    }
    rows.row(measure_row<D>(kind.name, TableOf<D>().options_table(kind.name, settings, &D::options,
                                                                  as_sentence(kind.doc))));
  }
  return rows
      .count("maxFires", &D::most_fires,
             "Begins to fire more often in a day: then it is paused, and does not know.")
      .at_least(1)
      .duration("quiet", &D::quiet,
                "So long nothing may have been wrong before a pause ends by itself.")
      .at_least(kMillisecond);
}

TableOf<SignalSettings> own_rows() {
  using S = SignalSettings;
  return TableOf<S>()
      .one_of<OwnFigure>("figure", &S::figure,
                         {{"openDrifts", OwnFigure::kOpenDrifts},
                          {"queuedRepairs", OwnFigure::kQueuedRepairs},
                          {"failedItems", OwnFigure::kFailedItems}},
                         "Which figure: what differed at the last look, repairs that wait to "
                         "begin, items whose repairs failed for good.")
      .required()
      .name("reconciler", &S::reconciler, "Of this one only.")
      .fallback("of all");
}

}  // namespace

Fields signal_fields(const std::vector<DriverFields>& drivers) {
  using S = SignalSettings;
  TableOf<S> spec;
  spec.name("target", &S::target, "The target that is measured; every signal but own has one.");
  std::set<std::string> words;
  for (const DriverFields& driver : drivers) {
    for (const config::SignalKind& kind : driver.signals) {
      if (!words.insert(kind.word).second) continue;
      spec.row(measure_row(
          kind.word, TableOf<S>().options_table(kind.word, kind.fields, &S::options, kind.doc)));
    }
  }
  spec.row(measure_row(S::kOwnSignal, TableOf<S>().section(S::kOwnSignal, own_rows(),
                                                           "What the product knows of itself.")))
      .duration("interval", &S::interval, "Between two readings.")
      .at_least(100 * kMillisecond)
      .duration("maxAge", &S::max_age,
                "An older reading is none: whatever rests on the signal then does not know.")
      .fallback("three intervals")
      .at_least(100 * kMillisecond)
      .table("detector", &S::detector, detector_rows(),
             "What watches the readings; one of the detectors, with its settings.");
  return envelope("Signal", TableOf<S>().table("labels", &S::labels, label_rows(false), "Labels."),
                  spec);
}

}  // namespace sideband::policy
