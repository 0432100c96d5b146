"""What happens, reported to the caller, to the log and to OpenTelemetry.

In come events; out go calls of `on_event`, lines, spans and measurements. Everybody may report;
nothing here changes what a request does.
"""
