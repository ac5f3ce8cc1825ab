-- PlanExe on February 7, 2026: credits are whole numbers, and the history of them is a ledger.
INSERT INTO user_account (id, email, credits_balance) VALUES
    ('550e8400-e29b-41d4-a716-446655440000', 'ada@example.org', 7);
INSERT INTO credit_ledger (id, user_id, delta, reason, source, external_id) VALUES
    ('c1', '550e8400-e29b-41d4-a716-446655440000', 10, 'bought', 'stripe', 'pi_1'),
    ('c2', '550e8400-e29b-41d4-a716-446655440000', -3, 'a plan', 'plan', NULL);
