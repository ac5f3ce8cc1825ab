"""What a person sets out to do, each told as a sentence. No printing, no SQL, no colours here."""
