set_tests_properties(test_variants PROPERTIES COST 800)
