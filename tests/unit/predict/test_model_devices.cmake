# Four devices are calibrated, mostly on one core.
set_tests_properties(test_model_devices PROPERTIES COST 850)
