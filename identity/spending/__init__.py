"""What may be spent, counted: budgets, holds, captures, and the one exception a human can make."""
