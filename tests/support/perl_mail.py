"""Mail as two Perl programs read it: an oracle that shares no code with ours.

Debian's libmail-dkim-perl and libemail-mime-perl. `missing()` says what is not there.
"""

import json
import shutil
import subprocess

MODULES = ("Mail::DKIM::Verifier", "Email::MIME", "Email::Address::XS", "JSON::PP")

VERIFY = r"""
use strict; use warnings; use Mail::DKIM::Verifier;
my $record = shift @ARGV;
{
    no warnings 'redefine';  # the record is at hand: no DNS is asked
    *Mail::DKIM::PublicKey::fetch_async = sub {
        my ($class, %asked) = @_;
        my $key = $class->parse($record);
        $key->{$_} = $asked{$_} for qw(Selector Domain);
        $key->check;
        my $found = ($asked{Callbacks} || {})->{Success} || sub { $_[0] };
        my $answer = $found->($key);
        return sub { $answer };
    };
}
binmode STDIN; local $/; my $mail = <STDIN>;
my $judge = Mail::DKIM::Verifier->new();
$judge->PRINT($mail); $judge->CLOSE;
print $judge->result_detail;
"""

READ = r"""
use strict; use warnings; use Email::MIME; use Email::Address::XS; use JSON::PP;
binmode STDIN; local $/ = "\0"; my $mail;
sub people {
    my $raw = $mail->header_raw(shift) // return [];
    return [map { {
        name => Encode::decode("MIME-Header", $_->phrase // ""), address => $_->address
    } } Email::Address::XS->parse($raw)];
}
sub parts {
    my @parts;
    $mail->walk_parts(sub {
        my $part = shift;
        push @parts, {
            type => $part->content_type // "",
            words => (scalar($part->subparts)
                || ($part->content_type // "") =~ /^image/i) ? "" : $part->body_str,
        };
    });
    return \@parts;
}
while (my $bytes = <STDIN>) {
    chomp $bytes; $mail = Email::MIME->new($bytes);
    print JSON::PP->new->ascii->encode({
        subject => $mail->header_str("Subject"),
        from => people("From"), to => people("To"),
        unsubscribe => $mail->header_raw("List-Unsubscribe"),
        names => [$mail->header_names], parts => parts(),
    }), "\n";
}
"""


def missing():
    """Say which of the tools is absent, or nothing."""
    if shutil.which("perl") is None:
        return "there is no perl"
    for module in MODULES:
        done = subprocess.run(
            ["perl", f"-M{module}", "-e", "1"], capture_output=True, check=False
        )
        if done.returncode:
            return f"perl has no {module}"
    return ""


def verdict(message, record):
    """Return what Mail::DKIM says of the first signature, e.g. "pass"."""
    return _run(VERIFY, message, record).decode()


def read(messages):
    """Return the headers and parts that Email::MIME finds in each."""
    return [json.loads(line) for line in _run(READ, b"\0".join(messages)).splitlines()]


def _run(script, message, *arguments):
    done = subprocess.run(
        ["perl", "-e", script, *arguments],
        input=message,
        capture_output=True,
        check=True,
    )
    return done.stdout
