"""What people met on the screen once and must not meet again, and the test that would find it.

It is a test in a browser, or a quicker one where the fault was not one of the browser. tests/test_behaviours.py holds
that each exists.
"""

from __future__ import annotations

_TABLE = """
labels of another language are cut, or meet each other
    browser/test_languages.py::test_german_and_french_fit_where_english_does
a first screen without anything to compare with
    browser/test_overview.py::test_the_first_screen_compares_its_month_in_the_numbers_of_the_cards
a drag selects other bars than light up
    browser/test_spine.py::test_a_drag_over_time_becomes_the_range
a clicked card jumps: the same spot picks another mark
    browser/test_comparing.py::test_nothing_moves_under_the_pointer_and_a_hover_leaves_the_axis_alone
headline and key figure with two numbers for one thing
    browser/test_overview.py::test_the_first_screen_compares_its_month_in_the_numbers_of_the_cards
a link opens the top of a page instead of its chart
    browser/test_landing.py::test_every_story_leads_to_its_chart
a card's link leaves it far below
    browser/test_landing.py::test_the_link_of_a_card_lands_when_it_is_opened_on_its_tab
what needs action comes after descriptions
    browser/test_overview.py::test_what_needs_action_leads_to_its_chart
what is the largest is told before what changed
    browser/test_told.py::test_what_changed_is_read_before_what_always_holds
an empty card gives another chart's reason
    browser/test_told.py::test_the_basket_is_told_in_plain_words_and_why_it_is_empty
a selection without orders is not called so
    browser/test_spine.py::test_an_empty_selection_says_so_in_every_card_and_clears
print without range, comparison and filters
    browser/test_pages.py::test_a_page_prints_whole_with_its_view_on_each_sheet
pages of eight screens, gaps under cards
    browser/test_landing.py::test_every_tab_is_two_screens_at_most_and_its_rows_are_even
a list of lapsing customers begins with somebody who bought lately
    browser/test_told.py::test_customers_at_risk_are_lapsed_and_called_by_their_names
a customer is called by a number
    browser/test_told.py::test_customers_at_risk_are_lapsed_and_called_by_their_names
hours that nobody can read
    browser/test_chart_texts.py::test_hours_are_read_at_a_glance_and_a_hover_over_one_names_both_days_and_the_change
key figures that do nothing
    browser/test_menus.py::test_a_key_figure_is_a_door
the focus is lost after a tick
    browser/test_menus.py::test_escape_gives_the_focus_back_though_the_button_was_drawn_again
Escape clears what was chosen in a menu, for good
    browser/test_spine.py::test_shift_click_toggles_and_escape_clears
Escape clears filters while it closes something
    browser/test_keys.py::test_single_keys_and_their_list
menus outside the window
    browser/test_menus.py::test_no_menu_leaves_the_window
the rest of a ranking reads as zero
    browser/test_chart_texts.py::test_the_rest_of_a_ranking_has_a_bar_and_names_that_were_cut_a_tooltip
all key figures before the headline
    dashboard/test_kpis.py::test_four_figures_come_first_and_the_others_on_demand
a hover in three date formats, over the axis, without the change
    browser/test_chart_texts.py::test_hours_are_read_at_a_glance_and_a_hover_over_one_names_both_days_and_the_change
texts of a chart that meet or are cut, two labels of twelve on a phone
    browser/test_chart_texts.py::test_texts_keep_apart_and_can_be_read
a reload or Back loses the place
    browser/test_keys.py::test_the_palette_filters_acts_and_lands_and_back_and_reload_return
an address without a page looks like another site
    browser/test_landing.py::test_an_address_without_a_page_keeps_the_frame_and_leads_back
an error without a way to find its reason
    dashboard/test_app.py::test_a_defect_is_a_page_with_an_id_or_json_with_it
cards move while a page fills
    browser/test_pages.py::test_nothing_moves_while_a_page_fills
on a phone, figures before the headline, a bar of 210 pixels, numbers cut
    browser/test_phone.py::test_the_first_page_in_one_hand
on a phone, tables too wide to read
    browser/test_phone.py::test_swipes_turn_tabs_and_tables_are_lists
at 200 % zoom, a bar over a third of the window
    browser/test_phone.py::test_swipes_turn_tabs_and_tables_are_lists
something that only a pointer can do
    browser/test_keyboard.py::test_every_task_by_keys_alone
two places cannot be seen side by side
    browser/test_comparing.py::test_two_places_are_compared_in_three_clicks_and_their_lines_taken_away_in_two
two places take more than three clicks by a menu, whose values move when the first is ticked
    browser/test_comparing.py::test_two_places_are_compared_in_three_clicks_and_their_lines_taken_away_in_two
the basket as a table of statistics
    browser/test_told.py::test_the_basket_is_told_in_plain_words_and_why_it_is_empty
one month as a season
    browser/test_told.py::test_a_month_is_no_season
a chart of one bar
    browser/test_landing.py::test_no_page_shows_a_chart_of_one_bar_or_one_thing_twice
one table on several tabs of a page
    browser/test_landing.py::test_no_page_shows_a_chart_of_one_bar_or_one_thing_twice
sharing and files at the end of a long menu
    browser/test_overview.py::test_the_first_screen_compares_its_month_in_the_numbers_of_the_cards
a presentation that stands still
    browser/test_keys.py::test_a_presentation_turns_the_pages_by_itself_and_by_keys_pauses_and_ends
words that are explained nowhere
    browser/test_told.py::test_slow_movers_go_to_excel_and_a_chart_to_the_glossary
a key figure without a way to its meaning
    browser/test_menus.py::test_a_key_figure_is_a_door
no list of slow movers
    browser/test_told.py::test_slow_movers_go_to_excel_and_a_chart_to_the_glossary
no Excel file of order lines
    browser/test_comparing.py::test_two_places_are_compared_in_three_clicks_and_their_lines_taken_away_in_two
a sheet of a workbook ignores the filter that the workbook names
    dashboard/test_downloads.py::test_a_file_holds_what_the_filter_on_its_own_marks_says
another data set drops filters in silence
    browser/test_spine.py::test_the_data_set_is_switched
"""
_LINES = _TABLE.strip().splitlines()
BEHAVIOURS: dict[str, str] = {_LINES[i]: _LINES[i + 1].strip() for i in range(0, len(_LINES), 2)}
