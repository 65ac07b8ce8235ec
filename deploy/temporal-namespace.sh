#!/bin/sh
# Makes the namespace and Callscribe's search attributes, and waits until both can be used. Safe to run again.
# Runs in temporalio/admin-tools, or anywhere with the program temporal. Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE.
set -eu
: "${TEMPORAL_ADDRESS:?set the address of Temporal, host:port}"
export TEMPORAL_NAMESPACE="${TEMPORAL_NAMESPACE:-default}"
retention=${RETENTION:-720h} # of closed calls in Temporal, not in the transcript store
patience=${PATIENCE:-90}     # seconds for each step

# Name:Type, as in callscribe/contracts/names.py.
attributes="CallState:Keyword Locale:Keyword CallConnectionId:Keyword Verdict:Keyword Participants:Int HasGap:Bool CallStartedAt:Datetime"

# The server takes seconds to see a namespace or an attribute everywhere after it has confirmed it.
until_done() {
    what=$1 left=$patience
    shift
    until answer=$("$@" 2>&1); do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then
            echo "Gave up after $patience tries: $what. The last answer was: $answer" >&2
            exit 1
        fi
        sleep 1
    done
}

has_namespace() {
    temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE"
}

has_or_makes_namespace() {
    has_namespace || temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
}

can_find_by() {
    temporal workflow count --namespace "$TEMPORAL_NAMESPACE" --query "$1 IS NULL"
}

until_done "Temporal at $TEMPORAL_ADDRESS is healthy" temporal operator cluster health
until_done "the namespace $TEMPORAL_NAMESPACE can be made" has_or_makes_namespace
until_done "the namespace $TEMPORAL_NAMESPACE can be used" \
    temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE"
for attribute in $attributes; do
    # One at a time: asked for several of which one exists, the server adds none of them and says that it did.
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
        --name "${attribute%:*}" --type "${attribute#*:}"
done
for attribute in $attributes; do
    until_done "calls can be found by ${attribute%:*}" can_find_by "${attribute%:*}"
done
echo "The namespace $TEMPORAL_NAMESPACE has Callscribe's search attributes."
