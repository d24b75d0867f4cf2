"""The only core room that speaks SQL: tables, queries, the unit of work, secrets at rest."""
