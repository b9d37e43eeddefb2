"""Where each fault is tested that was found in other applications of this kind: a table whose tests must be there.

A fault that is found later gets a line here, and a test.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

PITFALLS: dict[str, tuple[str, ...]] = {
    # The state store
    "migrations run twice when instances start at once": (
        "company/test_state.py::test_many_may_open_a_new_store_at_once",
    ),
    "without a store the application stops working, or shows what it cannot do": (
        "login/test_pitfalls.py::test_without_a_login_nothing_of_it_is_there",
        "company/test_backup.py::test_without_a_store_the_commands_say_what_to_set",
    ),
    "what is kept is lost, or cannot be moved": (
        "company/test_backup.py::test_a_store_goes_back_to_the_same_kind",
        "company/test_backup.py::test_a_store_moves_to_the_other_kind",
    ),
    # Signing in
    "mismatching_state: a lost cookie, no friendly way on": (
        "login/test_oidc.py::test_a_forged_or_foreign_state_is_refused_with_a_way_on",
    ),
    "mismatching_state: two tabs": ("login/test_oidc.py::test_two_tabs_may_sign_in_at_once",),
    "a secret of each worker": (
        "login/test_oidc.py::test_missing_settings_are_named",
        "login/test_pitfalls.py::test_a_second_worker_knows_whoever_signed_in_at_the_first",
    ),
    "redirect_uri follows headers": ("login/test_oidc.py::test_the_address_of_the_settings_wins_over_headers",),
    "groups make the cookie too long": (
        "login/test_oidc.py::test_hundreds_of_groups_work_and_stay_on_the_server",
        "login/test_pitfalls.py::test_people_in_many_groups_sign_in",
    ),
    "a link instead of groups (overage)": (
        "login/test_oidc.py::test_groups_that_did_not_fit_into_the_token_are_refused",
    ),
    "logout that does not log out": (
        "login/test_oidc.py::test_signing_out_signs_out_at_the_provider_too",
        "login/test_guard.py::test_signing_out_signs_out",
    ),
    "a forged state passes where no code came": (
        "login/test_oidc.py::test_a_forged_or_foreign_state_is_refused_with_a_way_on",
    ),
    "an address that changes hands makes somebody else of a person": (
        "login/test_members.py::test_an_invitation_is_for_whoever_comes_first_and_for_nobody_without_a_verified_address",
    ),
    "accounts merged by a name": ("login/test_oidc.py::test_people_are_told_apart_by_their_subject",),
    "a missing claim of groups demotes or promotes": (
        "login/test_oidc.py::test_a_missing_claim_of_groups_neither_promotes_nor_stops",
    ),
    "a cookie planted by a sibling subdomain": (
        "login/test_guard.py::test_a_cookie_that_another_name_of_the_site_planted_counts_for_nothing",
    ),
    "headers of a proxy believed from anybody": ("login/test_proxy.py::test_nobody_else_is",),
    # Languages
    "strings at import time freeze one language": (
        "test_catalogue.py::test_strings_at_import_time_do_not_freeze_one_language",
        "analytics/test_language.py::test_a_message_is_kept_in_no_language",
    ),
    "cached cards with words inside": (
        "login/test_languages.py::test_cached_cards_with_words_inside_are_in_the_language_of_their_viewer",
        "test_catalogue.py::test_questions_write_no_language_into_their_answers",
    ),
    "titles stay untranslated for years": (
        "test_catalogue.py::"
        "test_every_message_is_translated_no_translation_is_unused_and_the_file_is_as_the_script_writes_it",
    ),
    "hover texts forgotten": ("test_catalogue.py::test_no_sentence_for_people_is_outside_the_catalogue",),
    "plural forms of one language in another": (
        "analytics/test_language.py::test_forms_follow_the_number_as_each_language_counts",
        "test_catalogue.py::test_every_text_is_whole_with_none_one_and_many",
    ),
    "lazy strings that do not survive JSON": ("analytics/test_language.py::test_a_message_survives_being_stored",),
    # Policies
    "menus and their counts leak": (
        "dashboard/test_viewers.py::test_a_callback_shows_nothing_of_the_hidden_rows",
        "dashboard/test_viewers.py::test_a_search_for_a_hidden_name_finds_none",
        "dashboard/test_policy_exits.py::test_menus_offer_and_count_what_such_a_company_has",
    ),
    "policies vanish while nobody asks": ("login/test_pitfalls.py::test_policies_do_not_vanish_while_nobody_asks",),
    "a second way to the data forgets the policy": (
        "dashboard/test_viewers.py::test_every_route_is_known_to_this_test",
        "dashboard/test_viewers.py::test_every_callback_is_known_to_this_test",
        "dashboard/test_viewers.py::test_a_route_shows_nothing_of_the_hidden_rows",
        "login/test_rights.py::test_every_route_names_its_right",
    ),
    "what is shared runs as its owner": (
        "login/test_saved.py::test_a_shared_view_shows_each_person_what_they_may_see",
    ),
    "rights of pages go round those of data sets": (
        "dashboard/test_hidden_fields.py::test_a_data_set_that_is_not_for_a_viewer_does_not_exist",
        "dashboard/test_viewers.py::test_a_data_set_that_cannot_be_limited_is_not_there",
    ),
    "cached answers are shared": (
        "dashboard/test_policy_exits.py::test_a_cached_answer_is_for_viewers_of_the_same_policy_only",
        "dashboard/test_hidden_fields.py::test_answers_of_viewers_with_other_hidden_fields_are_kept_apart",
        "dashboard/test_policy_exits.py::test_what_a_browser_kept_of_another_viewer_is_not_confirmed",
    ),
    "a policy that is a filter can be deleted": (
        "dashboard/test_policy_exits.py::test_a_policy_is_no_filter_that_one_can_take_away",
    ),
    "shares, models, cut-offs and stories know all rows": (
        "dashboard/test_policy_exits.py::test_figures_are_those_of_a_company_without_the_hidden_rows",
        "dashboard/test_policy_exits.py::test_a_report_is_that_of_such_a_company",
    ),
    # Saved views
    "one comes back and the filters are gone": (
        "browser/test_spine.py::test_a_click_filters_everything_and_every_way_back_shows_the_same_numbers",
        "login/test_saved.py::test_a_view_moves_on_with_the_data_or_keeps_its_days",
    ),
    "a remembered filter surprises": (
        "login/test_pitfalls.py::test_a_start_page_shows_its_filters_and_one_click_clears_them",
    ),
    "a view of values that are gone or hidden": (
        "login/test_pitfalls.py::test_a_view_of_values_that_are_gone_or_not_allowed_says_so",
    ),
    # Targets
    "a goal that only stands there: no pace, no chance, no rate that is needed": (
        "analytics/test_target_questions.py::test_a_target_under_way",
        "analytics/test_target_questions.py::test_the_chance_falls_as_the_target_rises",
    ),
    "a goal from a query": (
        "analytics/test_target_questions.py::test_a_goal_may_come_from_a_query_as_a_table_and_what_is_wrong_is_counted",
        "login/test_targets.py::test_a_file_is_shown_before_it_changes_anything",
    ),
    "goals that change from month to month": (
        "analytics/test_target_questions.py::test_goals_that_change_month_to_month_are_a_series_and_not_a_point",
        "company/test_targets.py::test_every_change_is_a_version_with_who_when_and_why",
    ),
    "a goal is a series and not a point": (
        "analytics/test_target_questions.py::test_a_chart_shows_what_is_asked_of_each_period",
    ),
    "no goal on number cards": (
        "analytics/test_target_questions.py::test_a_goal_stands_on_number_cards_where_there_is_one",
        "login/test_targets.py::test_cards_and_charts_show_a_target",
    ),
    "only some metrics can have a goal": ("analytics/test_target_questions.py::test_any_metric_can_have_a_goal",),
    "targets of ratios are added": ("analytics/test_targets.py::test_ratio_targets_are_never_added",),
    # Digests
    "filters are not applied": (
        "digests/test_sending.py::test_filters_are_applied",
        "digests/test_sending.py::test_a_filter_that_cannot_be_applied_is_never_left_out",
    ),
    "wrong results where many are sent at once": ("digests/test_sending.py::test_several_at_once_are_each_right",),
    "the period is lost with an upgrade": (
        "digests/test_sending.py::test_the_period_and_the_filters_survive_a_restore_into_another_version",
    ),
    "only UTC": ("digests/test_sending.py::test_the_hour_is_that_of_the_data_sets_time_zone",),
    "yesterday is another day": ("digests/test_schedule.py::test_yesterday_is_the_day_before_in_the_zone_of_the_data",),
    "blanks at midnight": (
        "digests/test_schedule.py::test_no_blanks_at_midnight",
        "digests/test_schedule.py::test_an_incomplete_period_is_never_due",
    ),
    "pictures need a browser on the server, and mail programs drop them": (
        "digests/test_sending.py::test_a_mail_is_html_without_images_and_escapes_what_is_in_the_data",
    ),
    "each mail is sent as often as there are processes": (
        "digests/test_sending.py::test_two_instances_with_one_killed_in_between_send_each_mail_once",
    ),
    "one mail for all, whatever they may see": (
        "digests/test_sending.py::test_a_group_gets_one_mail_a_policy_and_nobody_more_than_they_may_see",
    ),
    "nobody can leave": ("login/test_digests.py::test_anybody_unsubscribes_with_the_link_alone",),
    "who is switched off goes on being told": (
        "digests/test_sending.py::test_nothing_is_sent_for_who_may_see_nothing_any_more",
        "alerts/test_delivered_once.py::test_what_waits_is_not_sent_for_an_owner_who_was_switched_off_meanwhile",
    ),
    # Data added in the browser
    "a file is held in memory as a whole, and stops the browser": (
        "dashboard/test_uploads.py::test_parts_follow_one_another",
        "dashboard/test_uploads.py::test_uploads_under_way_are_bounded",
    ),
    "a file that is too large is not answered": ("dashboard/test_uploads.py::test_uploads_that_cannot_begin",),
    "encodings": (
        "analytics/test_guess.py::test_the_encoding_is_what_makes_words_of_the_bytes",
        "analytics/test_guess.py::test_encodings_of_many_scripts_are_told_apart",
        "analytics/test_ingest.py::test_a_wrong_byte_far_down_is_named_with_its_row",
    ),
    "errors that help nobody": (
        "dashboard/test_uploads.py::test_what_went_wrong_is_explained",
        "dashboard/test_uploads.py::test_errors_name_fields_and_files_as_the_page_does",
    ),
    "times written in another way": ("analytics/test_writing.py::test_times_are_read_however_they_are_written",),
    "the separator is a setting of the administrator": (
        "packs/test_ledgers.py::test_a_file_that_was_saved_again_with_semicolons_and_decimal_commas",
    ),
    "more files must have the same columns in the same order": (
        "dashboard/test_uploads.py::test_files_are_added_wherever_a_toml_reads_files_of_their_kind",
    ),
    "a small archive fills the disk": ("analytics/test_workbook.py::test_a_hostile_or_damaged_workbook_is_an_error",),
    "names of files are paths": ("dashboard/test_uploads.py::test_a_name_is_never_a_path",),
    "what was added is gone after a restart": (
        "dashboard/test_uploads.py::test_they_come_back_when_the_application_starts",
    ),
    # Notes
    "a note is where nobody sees it, or everywhere": (
        "dashboard/test_note_marks.py::test_a_note_is_marked_where_the_selection_meets_its_scope",
        "login/test_notes.py::test_a_note_is_about_the_filters_of_its_page",
    ),
    "there is no place to look notes up": ("login/test_notes.py::test_the_list_is_searched_by_text_and_kind",),
    "notes hide the chart": ("dashboard/test_note_marks.py::test_notes_of_one_period_are_one_mark_with_a_count",),
    "everyone looks up the cause and then forgets": (
        "company/test_notes.py::test_nothing_is_forgotten",
        "login/test_notes.py::test_a_decision_is_measured_and_checked",
    ),
    # Pages inside other sites
    "cookies of third parties": (
        "login/test_embedding.py::test_no_cookie_is_needed_or_set",
        "browser/test_embedding.py::test_a_page_of_another_origin_shows_the_view_without_cookies_and_storage",
    ),
    "a guest and a session share a cookie": (
        "login/test_embedding.py::test_a_guest_and_a_session_in_one_browser_do_not_disturb_each_other",
    ),
    "a frame would have to sign in": ("login/test_embedding.py::test_a_frame_never_acquires_a_session",),
    "which sites may frame it cannot be said": (
        "login/test_embedding.py::test_only_the_sites_that_the_link_names_may_show_it",
    ),
    "a token that ends while nobody is looking": (
        "login/test_embedding.py::test_a_token_that_ends_while_the_page_is_idle_is_told",
    ),
    "the first page tells too much": ("login/test_embedding.py::test_the_first_page_leaks_nothing",),
    # What changed since one last looked
    "what changed is told of rows that one may not see": (
        "changes/test_recaps.py::test_nobody_learns_of_rows_outside_their_policy",
    ),
    "a late refund changes the past unseen": (
        "changes/test_compare.py::test_a_late_refund_is_told_with_its_month_and_day",
    ),
    # Tokens
    "a token makes tokens": ("login/test_tokens.py::test_a_token_reads_figures_and_does_nothing_else",),
    "a token never ends": ("login/test_tokens.py::test_a_token_has_a_purpose_and_an_end",),
    "a token outlives its person": (
        "login/test_tokens.py::test_a_token_ends_with_its_day_its_person_or_by_itself",
        "login/test_tokens.py::test_tokens_of_a_person_without_an_account_rest_unless_they_come",
    ),
    "nobody can revoke the tokens of others": (
        "login/test_tokens.py::test_everybody_revokes_their_own_and_administrators_any",
    ),
    "programs must all be changed at one moment": (
        "login/test_tokens.py::test_a_changed_text_leaves_a_day_to_change_the_programs",
    ),
    "a program floods the server": (
        "login/test_tokens.py::test_more_requests_than_a_token_may_are_told_when_to_come_again",
        "login/test_tokens.py::test_uses_at_the_same_time_are_all_counted",
    ),
    "whoever reads the store has the tokens": (
        "login/test_tokens.py::test_only_its_hash_is_kept_and_its_use_is_logged",
    ),
    # Alerts and messages
    "doubles with two servers": (
        "alerts/test_delivered_once.py::test_doubles_with_two_servers",
        "delivery/test_messages.py::test_doubles_with_two_servers",
        "delivery/test_messages.py::test_what_was_sent_before_a_crash_comes_again_as_the_same_message",
    ),
    "schedulers inside workers fire once each": (
        "delivery/test_jobs.py::test_schedulers_inside_workers_fire_once",
        "delivery/test_jobs.py::test_a_process_that_dies_leaves_the_job_to_another",
    ),
    "storms after an outage of the data": ("alerts/test_delivered_once.py::test_storms_after_a_data_source_outage",),
    "no reminder, or too many": ("alerts/test_delivered_once.py::test_no_reminder_or_too_many",),
    "a channel that does not work keeps the others from their message": (
        "delivery/test_messages.py::test_suppression_by_channel",
    ),
    "one message for each part of the data that is loaded": (
        "alerts/test_delivered_once.py::test_per_block_duplicates",
    ),
    "an incomplete day is judged": ("alerts/test_delivered_once.py::test_an_incomplete_day_is_not_judged",),
    "sales fell to 0 where the data are missing": ("alerts/test_delivered_once.py::test_freshness_first",),
    "addresses inside the network are reached": (
        "delivery/test_messages.py::test_private_networks_are_not_reached",
        "delivery/test_messages.py::test_the_address_that_was_checked_is_the_one_that_is_reached",
    ),
    "names that hold line breaks add headers": ("delivery/test_messages.py::test_line_breaks_in_names_add_no_header",),
    # Agents
    "tools go round the checks of pages": (
        "login/test_pitfalls.py::test_an_agent_gets_no_more_than_its_token_and_its_token_no_more_than_its_person",
        "mcp/test_mcp.py::test_a_policy_holds_for_every_tool",
    ),
    "an agent may as much as its person": (
        "login/test_tokens.py::test_a_token_may_see_less",
        "login/test_tokens.py::test_a_token_is_only_for_what_it_was_made_for",
    ),
    "hidden fields stand in what is listed": (
        "mcp/test_mcp.py::test_hidden_fields_are_no_metrics_and_no_dimensions",
        "mcp/test_mcp.py::test_a_receipt_shows_nothing_that_one_may_not_see",
    ),
    "instructions in names": ("login/test_pitfalls.py::test_names_are_given_to_agents_as_content_with_an_end",),
    "a page of another site asks with somebody's session": (
        "mcp/test_mcp.py::test_a_browser_of_another_site_is_refused",
        "login/test_guard.py::test_a_page_of_another_site_changes_nothing",
    ),
    "clients of the protocol are not understood": (
        "mcp/test_mcp.py::test_the_official_client_is_served_over_http",
        "mcp/test_mcp.py::test_the_official_client_is_served_over_standard_input",
        "mcp/test_mcp.py::test_an_older_client_is_answered_in_its_version",
    ),
    # The server, files and sources
    "an empty clause of a policy shows everything": (
        "analytics/test_engine.py::test_a_policy_clause_without_values_lets_nothing_be_seen",
        "dashboard/test_viewers.py::test_everything_is_said_in_so_many_words",
    ),
    "rows of the sources are public": (
        "dashboard/test_viewers.py::test_values_of_source_rows_are_for_those_who_may_see_them",
    ),
    "a small workbook takes all memory": (
        "analytics/test_workbook.py::test_a_far_cell_is_refused_before_it_takes_memory",
    ),
    "exports stop the server": (
        "dashboard/test_downloads.py::test_one_export_too_many_is_refused_at_once_and_pages_are_not",
        "dashboard/test_export.py::test_the_finest_grain_over_everything_answers",
    ),
    "slow clients stop the server": (
        "dashboard/test_worker.py::test_many_that_send_slowly_keep_nobody_from_an_answer",
    ),
    "one wrong declaration keeps the others out": (
        "dashboard/test_loader.py::test_a_wrong_toml_does_not_keep_the_others_out",
        "analytics/test_catalog.py::test_a_toml_that_could_stop_the_loader_is_an_error_of_its_own",
    ),
    "a cut download replaces the sources": (
        "analytics/test_download.py::test_a_download_that_is_cut_is_refused",
        "analytics/test_download.py::test_a_chunked_download_that_is_cut_is_refused",
        "analytics/test_download.py::test_an_archive_that_is_damaged_inside_is_refused",
    ),
    "faults of the loading tell strangers about files": (
        "dashboard/test_loader.py::test_a_source_that_is_a_link_out_of_the_folder_is_a_failure_without_its_lines",
        "login/test_guard.py::test_nobody_learns_the_names_of_data_sets_from_the_state_of_health",
    ),
    "another site reaches the server under its own name": (
        "dashboard/test_downloads.py::test_named_hosts_are_answered",
    ),
    "a workbook behind an address is unpacked": (
        "analytics/test_download.py::test_a_workbook_is_a_file_and_not_unpacked",
    ),
    "a cell runs as a formula": (
        "dashboard/test_export.py::test_names_that_look_like_formulas_are_texts_and_csv_quotes_what_it_must",
        "login/test_log.py::test_the_file_has_the_same_entries_and_no_formula",
    ),
    "an address of promised length is refused": (
        "dashboard/test_worker.py::test_a_long_address_is_read_and_an_endless_one_refused",
    ),
    "forged answers in Redis are believed": ("dashboard/test_cache.py::test_a_forged_answer_in_redis_is_not_believed",),
    "nested policies share a key with flat ones": (
        "analytics/test_engine.py::test_a_policy_in_layers_is_told_from_the_same_clauses_in_one_layer",
    ),
    "a policy takes methods away that need another table": (
        "dashboard/test_policy_exits.py::test_cards_tables_and_explanations_are_those_of_a_company_without_the_hidden_rows",
        "dashboard/test_policy_exits.py::test_who_has_no_conversion_rate_is_told_why",
    ),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("fault", PITFALLS)
def test_each_fault_has_its_tests(fault: str) -> None:
    for name in PITFALLS[fault]:
        file, _, test = name.partition("::")
        assert re.search(rf"^def {test}\(", (TESTS / file).read_text(), re.MULTILINE), name
