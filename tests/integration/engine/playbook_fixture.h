// Playbooks over scripted operations and a collection in memory.
#pragma once

#include <gmock/gmock.h>

#include "engine_fixture.h"
#include "model/playbook.h"

namespace sideband {

class PlaybookTest : public EngineTest {
 protected:
  PlaybookTest();

  // A step with run and undo that is tried again within milliseconds.
  static PlaybookStep run_step(const std::string& name, std::vector<std::string> needs = {});
  // Puts the playbook "book" with these steps into the configuration.
  void define(std::vector<PlaybookStep> steps);
  // Starts the engine with it.
  void begin(std::vector<PlaybookStep> steps);
  Repair start_run(const std::map<std::string, std::string>& inputs = {});
  // Starts a run and waits for its rest.
  Repair run_to_rest(const std::map<std::string, std::string>& inputs = {});
  // Names of steps with their outcomes, in the order of the record: "a changed", "a back changed".
  std::vector<std::string> record(const Repair& repair);

  const Principal mel_ = person("mel");  // may start it
  const Principal kim_ = person("kim");

  ScriptedOperations& operations_ = driver_.operations();
  PlaybookSettings book_;
};

}  // namespace sideband
