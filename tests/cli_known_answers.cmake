# Hundreds of runs, none of which has to answer within a time: beside other tests.
set_tests_properties(cli_known_answers PROPERTIES RUN_SERIAL OFF)
